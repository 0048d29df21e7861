"""What --help says beyond the flags: examples, and the exit codes, which are written down here once."""

from __future__ import annotations

DESCRIPTION = """\
Get everything out of your own OneDrive, or just what you want: sign in, list,
choose, download, and know for certain what is here. Without numbers it shows
the menu.
"""

EPILOG = """\
dates, sizes, patterns:
  2019, 2019-06 or 2019-06-30; 500k, 10M or 1.5G (1k is 1,000 bytes);
  '*.jpg', '/Pictures/2019/', 'Pictures/**/raw' as in a .gitignore file.
  --to with a date is the last day; with anything else it is the folder for
  the downloads (./2019 is a folder). It may be given twice, once for each.

exit codes:
  0    all done
  1    something stopped the run
  2    wrong use of the command line; nothing was done
  3    finished, but some items failed and are named (what OneDrive never
       hands out, such as the Personal Vault, is named too, but not counted)
  4    a person must sign in (run option 1)
  5    the disk has not enough room (what fits, or came so far, is kept)
  6    another run of this program is at work in the same home
  7    the verification found something wrong
  78   a setting is missing or wrong
  130  stopped with Ctrl-C

examples:
  python start.py                        the menu
  python start.py --demo                 a pretend OneDrive, no account needed
  python start.py 3 4                    list, then download, without the menu
  python start.py --root /Pictures 3 4   one folder only
  python start.py --only photos,videos --from 2019 --dry-run 4
  python start.py --layout date --to /media/disk/photos --only photos 4
  python start.py --quiet 3 4            for cron: silent unless it fails
  python start.py --json --no-input 3 4 | jq .event
"""
