"""The services that say what a peak was, with causes planted in them; all on the simulator's one address.

What stands behind a host name of Wikimedia's is below a path of the simulator's:

- `wikimedia.org/api/rest_v1/metrics`: `/api/rest_v1/metrics`, with days, top lists and pageviews
- `{wiki}/w/api.php` and `{wiki}/w/rest.php`: `/wikis/{wiki}/w/api.php` and `/wikis/{wiki}/w/rest.php`
- `outreachdashboard.wmflabs.org`: `/outreachdashboard`
- `noc.wikimedia.org/conf/throttle.php.txt`: `/noc/conf/throttle.php.txt`

Each edit of a day is made anew from the seed (`edits`), to the numbers of a plan for its month (`plan`), so that
revisions, top lists and counts are of the same edits. `/simulator/causes.json` tells what was planted.
"""
