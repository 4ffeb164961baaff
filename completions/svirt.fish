# SPDX-License-Identifier: GPL-2.0-or-later
# Written by build-aux/gen-completions from the command table of svirt: do not edit.

set -g __svirt_verbs label start stop destroy suspend resume dominfo list restore check info policy help

# The first word that is neither an option nor the value of one is $argv, or anything without it.
function __svirt_verb
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --color --progress --root
                set skip 1
            case '-*'
            case '*'
                test (count $argv) = 0; or test $word = $argv[1]
                return
        end
    end
    return 1
end

complete -c svirt -f
complete -c svirt -l json -d 'print one JSON document instead of text'
complete -c svirt -l quiet -s q -d 'no warnings and no talk; check prints only what did not pass'
complete -c svirt -l verbose -s v -d 'print the plan, the evidence and other details too'
complete -c svirt -l dry-run -s n -d 'show what would be done and change nothing'
complete -c svirt -l color -x -a 'auto always never' -d 'colour the output: auto (the default), always or never'
complete -c svirt -l progress -x -a 'auto json never' -d 'how far long work is: on a terminal (auto, the default), as lines of json, or never'
complete -c svirt -l user -d 'your own guests, without root: confined by Landlock, in your directories'
complete -c svirt -l root -x -a '(__fish_complete_directories)' -d 'work on the system below DIR, which is at rest'
complete -c svirt -l version -d 'print the version and end'
complete -c svirt -l help -s h -d 'print help and end'
complete -c svirt -n 'not __svirt_verb' -a label -d 'Reserve a domain\'s label and label its resources, start nothing'
complete -c svirt -n 'not __svirt_verb' -a start -d 'Label a domain, launch it under that label and verify it'
complete -c svirt -n 'not __svirt_verb' -a stop -d 'Ask a guest to power off, and wait until its labels are back'
complete -c svirt -n 'not __svirt_verb' -a destroy -d 'End a guest at once and put its labels back'
complete -c svirt -n 'not __svirt_verb' -a suspend -d 'Stop the processors of a running guest'
complete -c svirt -n 'not __svirt_verb' -a resume -d 'Let a suspended guest run again'
complete -c svirt -n 'not __svirt_verb' -a dominfo -d 'Print facts about a guest, its security label last'
complete -c svirt -n 'not __svirt_verb' -a list -d 'List guests with their states and labels'
complete -c svirt -n 'not __svirt_verb' -a restore -d 'Put labels and owners back'
complete -c svirt -n 'not __svirt_verb' -a check -d 'Check the host, or what domains need, before anything starts'
complete -c svirt -n 'not __svirt_verb' -a info -d 'Print what this host offers: drivers, mode, policy, levels'
complete -c svirt -n 'not __svirt_verb' -a policy -d 'Manage svirt\'s own policy module, or rules that keep a static label'
complete -c svirt -n 'not __svirt_verb' -a help -d 'Print help about svirt or about a verb'
complete -c svirt -n '__svirt_verb label' -l level -x -d 'this very level for a dynamic guest, such as s0:c1,c2'
complete -c svirt -n '__svirt_verb label' -l on-unlabelled -x -a 'config fail warn skip' -d 'with files that cannot be labelled: fail, warn, skip, or config, what svirt.conf says'
complete -c svirt -n '__svirt_verb label' -l share-group -x -d 'share <shareable/> disks with this group of guests alone'
complete -c svirt -n '__svirt_verb label' -l join -x -a '(svirt __names guest 2>/dev/null)' -d 'this guest\'s level too: each may use the other\'s files'
complete -c svirt -n '__svirt_verb label' -l shared-level -d 'let the domain ask for labels that other guests may use'
complete -c svirt -n '__svirt_verb label' -l accept-chain -x -d 'accept what the images of this disk (vda) name now'
complete -c svirt -n '__svirt_verb label' -l require-enforcing -d 'refuse unless the kernel enforces the policy'
complete -c svirt -n '__svirt_verb label' -l unconfined -d 'accept a domain that asks for no confinement'
complete -c svirt -n '__svirt_verb label' -l show-graph -d 'show the images behind each disk and their labels, change nothing'
complete -c svirt -n '__svirt_verb label' -a '(svirt __names domain 2>/dev/null; __fish_complete_suffix .xml)'
complete -c svirt -n '__svirt_verb start' -l paused -d 'leave the guest\'s processors stopped; resume lets them run'
complete -c svirt -n '__svirt_verb start' -l level -x -d 'this very level for a dynamic guest, such as s0:c1,c2'
complete -c svirt -n '__svirt_verb start' -l on-unlabelled -x -a 'config fail warn skip' -d 'with files that cannot be labelled: fail, warn, skip, or config, what svirt.conf says'
complete -c svirt -n '__svirt_verb start' -l share-group -x -d 'share <shareable/> disks with this group of guests alone'
complete -c svirt -n '__svirt_verb start' -l join -x -a '(svirt __names guest 2>/dev/null)' -d 'this guest\'s level too: each may use the other\'s files'
complete -c svirt -n '__svirt_verb start' -l shared-level -d 'let the domain ask for labels that other guests may use'
complete -c svirt -n '__svirt_verb start' -l accept-chain -x -d 'accept what the images of this disk (vda) name now'
complete -c svirt -n '__svirt_verb start' -l require-enforcing -d 'refuse unless the kernel enforces the policy'
complete -c svirt -n '__svirt_verb start' -l unconfined -d 'accept a domain that asks for no confinement'
complete -c svirt -n '__svirt_verb start' -a '(svirt __names domain 2>/dev/null; __fish_complete_suffix .xml)'
complete -c svirt -n '__svirt_verb stop' -l timeout -x -d 'how long to wait for the guest (60)'
complete -c svirt -n '__svirt_verb stop' -a '(svirt __names guest 2>/dev/null)'
complete -c svirt -n '__svirt_verb destroy' -a '(svirt __names guest 2>/dev/null)'
complete -c svirt -n '__svirt_verb suspend' -a '(svirt __names guest 2>/dev/null)'
complete -c svirt -n '__svirt_verb resume' -a '(svirt __names guest 2>/dev/null)'
complete -c svirt -n '__svirt_verb dominfo' -a '(svirt __names domain 2>/dev/null; __fish_complete_suffix .xml)'
complete -c svirt -n '__svirt_verb list' -l all -d 'defined domains that do not run, too; of levels, those of all guests'
complete -c svirt -n '__svirt_verb list' -l levels -d 'every level in use on this host, and who holds it'
complete -c svirt -n '__svirt_verb restore' -l all -d 'every guest that is stale or only labelled'
complete -c svirt -n '__svirt_verb restore' -l stale -d 'every guest whose monitor is gone; with IMAGE: what libvirt left on that file'
complete -c svirt -n '__svirt_verb restore' -l rebuild -d 'set damaged state aside, save what can still be found out'
complete -c svirt -n '__svirt_verb restore' -l list -d 'show what is held, by whom, and what restore would do'
complete -c svirt -n '__svirt_verb restore' -l to -x -a 'original policy' -d 'the label that was there before, or the policy\'s for the path'
complete -c svirt -n '__svirt_verb restore' -a '(svirt __names guest 2>/dev/null)'
complete -c svirt -n '__svirt_verb check' -l all -d 'the host and every defined domain'
complete -c svirt -n '__svirt_verb check' -a '(svirt __names domain 2>/dev/null; __fish_complete_suffix .xml)'
complete -c svirt -n '__svirt_verb policy' -l remove -d 'take the rules of fcontext out again'
complete -c svirt -n '__svirt_verb policy' -a 'status install remove fcontext'
complete -c svirt -n '__svirt_verb policy; and __fish_seen_subcommand_from fcontext' -a '(svirt __names domain 2>/dev/null; __fish_complete_suffix .xml)'
complete -c svirt -n '__svirt_verb help' -a '$__svirt_verbs'
