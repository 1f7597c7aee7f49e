#!/bin/sh
# Runs a command as a named phase and notes how long it took; `begin` and `table` frame a run of several phases.
# usage: tools/phase.sh begin
#        tools/phase.sh NAME COMMAND…
#        tools/phase.sh table [BUDGET_SECONDS]
#
# The notes lie in the target folder. Phases may overlap: the total is the time from `begin` to `table`. Over the budget, the
# table says so and names the slowest phases; it does not fail, because machines differ.
set -eu

notes=${CARGO_TARGET_DIR:-target}/.phases
now() { date +%s; }
clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

case $1 in
    begin)
        mkdir -p "$(dirname "$notes")"
        echo "$(now) begin" >"$notes" ;;
    table)
        [ -f "$notes" ] || exit 0
        begun=$(sed -n '1s/ .*//p' "$notes")
        total=$(($(now) - begun))
        printf '\n%8s  %s\n' min:s phase
        sed 1d "$notes" | while read -r seconds name; do printf '%8s  %s\n' "$(clock "$seconds")" "$name"; done
        budget=${2:-0}
        if [ "$budget" -gt 0 ]; then
            printf '%8s  in all, of a budget of %s\n' "$(clock "$total")" "$(clock "$budget")"
            if [ "$total" -gt "$budget" ]; then
                echo "Over the budget. The slowest phases:"
                sed 1d "$notes" | sort -rn | head -n 3 | while read -r seconds name; do
                    printf '%8s  %s\n' "$(clock "$seconds")" "$name"
                done
            fi
        else
            printf '%8s  in all\n' "$(clock "$total")"
        fi
        rm -f "$notes" ;;
    *)
        name=$1
        shift
        start=$(now)
        status=0
        "$@" || status=$?
        [ -f "$notes" ] && echo "$(($(now) - start)) $name" >>"$notes"
        exit "$status" ;;
esac
