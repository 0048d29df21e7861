#!/bin/sh
# The container's way in: who has not signed in yet finds a code in the log; then what the arguments say is done.
set -e
[ "$*" != menu ] || set --
case " $* " in
*" --demo "* | *" --profile "* | *" --all-profiles "*) ;; # each profile is signed in to by hand
*" --every "*) [ -e "$ONEDRIVE_HOME/token.json" ] || python start.py 1 ;;
esac
exec python start.py "$@"
