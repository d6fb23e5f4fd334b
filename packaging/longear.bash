# Completion of longear(1) for bash.

# Complete from lines that may hold blanks: titles of groups and names of files.
_longear_lines() {
    local IFS=$'\n' word
    COMPREPLY=()
    while read -r word; do
        [[ -n $word && ${word,,} == "${1,,}"* ]] && COMPREPLY+=("$(printf %q "$word")")
    done
}

# The titles of the groups, and their ids where a title stands twice.
_longear_groups() {
    local home=()
    [[ -z $2 ]] || home=(--home "$2")
    local all
    all=$(longear "${home[@]}" community list --json 2>/dev/null) || return
    _longear_lines "$1" < <(
        sed -n 's/.*"title":"\(\([^"\\]\|\\.\)*\)".*/\1/p' <<<"$all" | sort | uniq -u
        [[ ${#1} -lt 4 ]] || sed -n 's/.*"community":"\([0-9a-f]*\)".*/\1/p' <<<"$all"
    )
}

_longear() {
    local word=$2 before=$3 commands="init passphrase id community invite join member post correct list show thread search save retract pin unpin import pouch up hotspot poster sync need offer take accept refuse back done reopen aid demand reword support decide tally roll demands aloud report confirm deny reports export key meet met name people person vouch letter letters card freeze unfreeze freezes status clock check salvage wipe help"
    local globals="--home --json --progress --lang --passphrase-file --key-file --memory --help --version" command= sub= home= i position=0 options=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --home) home=${COMP_WORDS[++i]} ;;
            --lang | --passphrase-file | --key-file | --new-passphrase-file | --new-key-file | --name | --title | --keep | --urgency | --reply | --attach | --place | --ground | --forward | --message | --limit | --since | --community | --max-size | --web | --peer | --listen | --interface | --password | --port | --dir | --address | --number | --at | --usb | --usb-plain | --store-max | --from-strangers | --other-names | --sex | --born | --age | --district | --town | --description | --source | --for | --when | --seen | --held | --text | --why | --status | --where | --asked | --point | --hours | --word | --corrects | --to | --record)
                [[ ${COMP_WORDS[i + 1]} != "=" ]] && ((i++)) ;;
            -*) ;;
            *)
                if [[ -z $command ]]; then
                    command=${COMP_WORDS[i]}
                elif [[ -z $sub && ($command =~ ^(community|member|person|pouch|clock)$ || "$command ${COMP_WORDS[i]}" =~ ^report\ (add|answer)$) ]]; then
                    sub=${COMP_WORDS[i]}
                else
                    ((position++))
                fi ;;
        esac
    done
    case $before in
        --home | --dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --passphrase-file | --key-file | --new-passphrase-file | --new-key-file | --attach) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --urgency) mapfile -t COMPREPLY < <(compgen -W "bulk normal important urgent" -- "$word"); return ;;
        --from-strangers) mapfile -t COMPREPLY < <(compgen -W "yes no" -- "$word"); return ;;
        --ground) mapfile -t COMPREPLY < <(compgen -W "$(case $command in person) echo "saw told list paper" ;; report | confirm | deny) echo "saw told paper" ;; *) echo "saw told" ;; esac)" -- "$word"); return ;;
        --sex) mapfile -t COMPREPLY < <(compgen -W "female male other" -- "$word"); return ;;
        --lang) mapfile -t COMPREPLY < <(compgen -W "en ru kk" -- "$word"); return ;;
        --community) _longear_groups "$word" "$home"; return ;;
        --usb | --usb-plain) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --interface) mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word"); return ;;
        --name | --title | --keep | --reply | --place | --forward | --message | --limit | --since | --max-size | --web | --peer | --listen | --password | --port | --address | --number | --at) return ;;
    esac
    case $command${sub:+ $sub} in
        init) options="--name --no-passphrase" ;;
        passphrase) options="--new-passphrase-file --no-passphrase --new-key-file --no-key-file --second --name --yes" ;;
        "community new") options="--title --open --closed --history --lang --keep" ;;
        invite) options="--qr --message" ;;
        post) options="--urgency --reply --attach --as-it-is --no-original --place --ground --forward" ;;
        correct) options="--place --ground" ;;
        list) options="--limit --since --newest --pinned --all" ;;
        pin | unpin) options="--for-all" ;;
        save) options="--number --original" ;;
        search) options="--community --limit" ;;
        "pouch pack") options="--since --max-size --app --app= --window" ;;
        up) options="--web --app --peer --listen --no-discovery --interface --store-max --usb --usb-plain --user --allow-root" ;;
        hotspot) options="--name --password --interface --port --print --dir" ;;
        poster) options="--name --password --address" ;;
        key) options="--qr --name" ;;
        meet) options="--number --at --name" ;;
        met) options="--name --same" ;;
        need | offer) options="--amount --unit --district --place --hours --helpers --word --urgency --sealed" ;;
        take | refuse | back | done | reopen) options="--note" ;;
        accept) options="--sealed --note" ;;
        aid) options="--needs --offers --kind --mine --all" ;;
        demands) options="--all" ;;
        support) options="--withdraw --note" ;;
        decide) options="--note" ;;
        tally) options="--for --against --abstained --present --paper --when --place --photo --note" ;;
        roll) options="--title" ;;
        report) options="--warning --asked --ground --district --place --point --when --hours --word --message --corrects --urgency" ;;
        "report add" | "report answer" | confirm | deny) options="--ground --when" ;;
        reports) options="--warnings --place --by-place --since --limit --words --all" ;;
        export) options="--to --record --aid" ;;
        "person add") options="--other-names --sex --born --age --district --town --description --source --for --child --self" ;;
        "person note") options="--ground --when --seen --held --since --text --self --renew" ;;
        "person link" | "person unlink") options="--why" ;;
        "person list") options="--status --held --mine --all" ;;
        "person show") options="--all" ;;
        "person find") options="--limit --all" ;;
        "person slip") options="--where" ;;
        "person export") options="--all" ;;
        "person apart") options="--drop" ;;
        letter) options="--reply" ;;
        letters) options="--strangers --from-strangers" ;;
        salvage) options="--drop" ;;
        wipe) options="--yes" ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options $globals" -- "$word")
        return
    fi
    case $command${sub:+ $sub},$position in
        ,*) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
        community,*) mapfile -t COMPREPLY < <(compgen -W "new list" -- "$word") ;;
        member,*) mapfile -t COMPREPLY < <(compgen -W "list admit remove propose consent" -- "$word") ;;
        "member list",0 | "member remove",0 | "member propose",0 | "member consent",0) _longear_groups "$word" "$home" ;;
        person,*) mapfile -t COMPREPLY < <(compgen -W "add note renew link unlink list show find slip import export apart" -- "$word") ;;
        "person add",0 | "person list",0 | "person find",0 | "person import",0 | "person export",0) _longear_groups "$word" "$home" ;;
        export,0) mapfile -t COMPREPLY < <(compgen -W "cap geojson csv atom site" -- "$word") ;;
        export,1) _longear_groups "$word" "$home" ;;
        report,1) mapfile -t COMPREPLY < <(compgen -W "curfew checkpoint danger road shooting fire arrests outage other" -- "$word") ;;
        "person note",1) mapfile -t COMPREPLY < <(compgen -W "looked-for detained hurt safe dead believed-alive information" -- "$word") ;;
        pouch,*) mapfile -t COMPREPLY < <(compgen -W "pack open" -- "$word") ;;
        hotspot,0) mapfile -t COMPREPLY < <(compgen -W "start stop status" -- "$word") ;;
        poster,0) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        clock,*) mapfile -t COMPREPLY < <(compgen -W "confirm" -- "$word") ;;
        help,0) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
        invite,0 | need,0 | offer,0 | aid,0 | demand,0 | demands,0 | aloud,0 | roll,0 | report,0 | reports,0 | key,0 | meet,0 | name,0 | people,0 | vouch,0 | letter,0 | letters,0 | card,0 | freeze,0 | unfreeze,0 | freezes,0 | post,0 | list,0 | import,0 | join,0) _longear_groups "$word" "$home" ;;
        import,1 | "person import",1 | "person export",1 | "pouch pack",0 | "pouch open",0) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        "pouch pack",*) _longear_groups "$word" "$home" ;;
    esac
}
complete -F _longear longear
