# SPDX-License-Identifier: GPL-2.0-or-later
# Written by build-aux/gen-completions from the command table of svirt: do not edit.

# Words of the table that begin with what was typed.
_svirt_words() {
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Names are data: compgen -W would expand them.
_svirt_names() {
    local name

    while IFS= read -r name; do
        [[ $name == "$cur"* ]] && COMPREPLY+=("$(printf %q "$name")")
    done < <(svirt __names "$1" 2>/dev/null)
}

_svirt_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(
        compgen -f -X '!*.xml' -- "$cur"
        compgen -d -- "$cur"
    )
}

_svirt() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb='' i
    local verbs='label start stop destroy suspend resume dominfo list restore check info policy help'

    COMPREPLY=()
    # "--color=x" reaches us as three words
    [[ $cur == = ]] && cur=''
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    case $prev in
    --accept-chain)
        return ;;
    --color)
        _svirt_words "auto always never"
        return ;;
    --join)
        _svirt_names guest
        return ;;
    --level)
        return ;;
    --on-unlabelled)
        _svirt_words "config fail warn skip"
        return ;;
    --progress)
        _svirt_words "auto json never"
        return ;;
    --root)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return ;;
    --share-group)
        return ;;
    --timeout)
        return ;;
    --to)
        _svirt_words "original policy"
        return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --color | --progress | --root)
            [[ ${COMP_WORDS[i + 1]} == = ]] && i=$((i + 1))
            i=$((i + 1)) ;;
        -*) ;;
        *)
            verb=${COMP_WORDS[i]}
            break ;;
        esac
    done
    case $verb in
    '')
        if [[ $cur == -* ]]; then
            _svirt_words "--json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_words "$verbs"
        fi ;;
    label)
        if [[ $cur == -* ]]; then
            _svirt_words "--level --on-unlabelled --share-group --join --shared-level --accept-chain --require-enforcing --unconfined --show-graph --json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_names domain; _svirt_files
        fi ;;
    start)
        if [[ $cur == -* ]]; then
            _svirt_words "--paused --level --on-unlabelled --share-group --join --shared-level --accept-chain --require-enforcing --unconfined --json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_names domain; _svirt_files
        fi ;;
    stop)
        if [[ $cur == -* ]]; then
            _svirt_words "--timeout --json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_names guest
        fi ;;
    destroy)
        if [[ $cur == -* ]]; then
            _svirt_words "--json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_names guest
        fi ;;
    suspend)
        if [[ $cur == -* ]]; then
            _svirt_words "--json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_names guest
        fi ;;
    resume)
        if [[ $cur == -* ]]; then
            _svirt_words "--json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_names guest
        fi ;;
    dominfo)
        if [[ $cur == -* ]]; then
            _svirt_words "--json --quiet -q --verbose -v --color --progress --user --root --version --help -h"
        else
            _svirt_names domain; _svirt_files
        fi ;;
    list)
        if [[ $cur == -* ]]; then
            _svirt_words "--all --levels --json --quiet -q --verbose -v --color --progress --user --root --version --help -h"
        else
            :
        fi ;;
    restore)
        if [[ $cur == -* ]]; then
            _svirt_words "--all --stale --rebuild --list --to --json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        else
            _svirt_names guest
        fi ;;
    check)
        if [[ $cur == -* ]]; then
            _svirt_words "--all --json --quiet -q --verbose -v --color --progress --user --root --version --help -h"
        else
            _svirt_names domain; _svirt_files
        fi ;;
    info)
        if [[ $cur == -* ]]; then
            _svirt_words "--json --quiet -q --verbose -v --color --progress --user --root --version --help -h"
        else
            :
        fi ;;
    policy)
        if [[ $cur == -* ]]; then
            _svirt_words "--remove --json --quiet -q --verbose -v --dry-run -n --color --progress --user --root --version --help -h"
        elif [[ " ${COMP_WORDS[*]:i+1:COMP_CWORD-i-1} " == *" fcontext "* ]]; then
            _svirt_names domain; _svirt_files
        else
            _svirt_words "status install remove fcontext"
        fi ;;
    help)
        if [[ $cur == -* ]]; then
            _svirt_words "--json --quiet -q --verbose -v --color --progress --user --root --version --help -h"
        else
            _svirt_words "$verbs"
        fi ;;
    esac
}

complete -F _svirt svirt
