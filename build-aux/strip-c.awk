# SPDX-License-Identifier: GPL-2.0-or-later
#
# Removes comments, and the insides of strings and character constants, from C, so that a gate looks at code
# only. strip(line) keeps the number and order of lines; strip_reset() begins a new file. Must not know what
# is looked for.

function strip_reset() { strip_in = "" }

function strip(line,   out, i, n, c, two) {
	out = ""
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		two = substr(line, i, 2)
		if (strip_in == "*") {
			if (two == "*/") {
				strip_in = ""
				i++
			}
		} else if (strip_in != "") {
			if (c == "\\")
				i++
			else if (c == strip_in) {
				strip_in = ""
				out = out c
			}
		} else if (two == "/*") {
			strip_in = "*"
			out = out " "
			i++
		} else if (two == "//") {
			break
		} else {
			if (c == "\"" || c == "'")
				strip_in = c
			out = out c
		}
	}
	# a string ends with its line; only a comment continues
	if (strip_in != "*")
		strip_in = ""
	return out
}
