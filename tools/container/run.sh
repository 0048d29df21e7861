#!/bin/sh
# The container's way in: who has not signed in yet finds a code in the log; then what the arguments say is done.
set -e
case " $* " in
*" --demo "*) ;;
*" --every "*) [ -e "$ONEDRIVE_HOME/token.json" ] || python start.py 1 ;;
esac
exec python start.py "$@"
