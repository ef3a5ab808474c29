"""Who stays is the same by the truth, and by asking for the contributions of the accounts that the log names."""

from collections import Counter
from datetime import date, timedelta

from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity_tests.simulator.evidence.asking import WIKIS, ask, ask_all


def test_who_stayed_is_found_by_asking_for_their_contributions(url: str) -> None:
    host = WIKIS[CauseKind.PROGRAMME]
    start, end = date(2026, 1, 5), date(2026, 1, 25)
    truth = ask(url, "/simulator/stayed.json", project=host, start=str(start), end=str(end)).json()
    times = {"lestart": f"{start}T00:00:00Z", "leend": f"{end}T23:59:59Z", "ledir": "newer", "lelimit": 500}
    ids = [
        row["params"]["userid"]
        for action in ("create", "create2", "byemail")
        for row in ask_all(url, host, "logevents", leaction=f"newusers/{action}", leprop="ids|userid|details", **times)
        if "params" in row
    ]
    assert truth["accounts"] == len(ids) == len(set(ids)) > 50
    for since, until in ((7, 30), (30, 60), (60, 90)):
        edits: Counter[int] = Counter()
        first, last = (end + timedelta(days=1 + days) for days in (since, until))
        for place in range(0, len(ids), 50):
            some = "|".join(str(one) for one in ids[place : place + 50])
            times = {"ucstart": f"{first}T00:00:00Z", "ucend": f"{last - timedelta(days=1)}T23:59:59Z"}
            more = {"ucdir": "newer", "uclimit": 500, "ucprop": "ids|title|timestamp", "ucnamespace": "0"}
            edits.update(row["userid"] for row in ask_all(url, host, "usercontribs", ucuserids=some, **times, **more))
        once, often = truth["stayed"][f"{since}-{until}"]
        assert once > 0
        assert (len(edits), sum(count >= 5 for count in edits.values())) == (once, often)
    shares = [truth["stayed"][one][0] / truth["accounts"] for one in ("7-30", "60-90")]
    assert 0.02 < shares[1] < shares[0] < 0.3
