"""The last hours of a wiki, or of all together, and a busy spell, as pictures: what their pages draw."""

from wiki_activity.domain.episodes import Episode
from wiki_activity.explorer.live.drawing import draw_chart
from wiki_activity.explorer.live.episode_view import draw_whole
from wiki_activity.explorer.live.models import LiveModel, WholeEpisodeModel
from wiki_activity.explorer.pictures.sheet import make_sheet
from wiki_activity.explorer.rendering import format_moment

_SOURCE = "Data: Wikimedia EventStreams, CC0 1.0. This picture: CC0 1.0."


def describe_live(live: LiveModel, address: str) -> dict[str, object]:
    """Return the values for the picture of a live page.

    Parameters
    ----------
    live
        What the page shows.
    address
        Of the page, whole.
    """
    counted = "Edits without bots" if live.counted == "people_edits" else "Edits"
    moment = format_moment(live.until) if live.until else "nothing was received yet"
    has_usual = live.judged and live.counted == "people_edits"
    legend = [("line", f"{counted} a minute")]
    legend += [("range", "usual pace and range of now")] if has_usual else []
    legend += [("spell", "busy spell")]
    # The live page says by itself whether what it shows is of now; a picture is of then for good.
    sentence = live.sentence if live.stream_health.current else f"Last received: {live.sentence}"
    sheet = make_sheet(
        f"{live.name} live",
        f"{counted} a minute, the last three hours to {moment}. {live.project or ''}".strip(),
        legend,
        sentence,
        address,
        source=_SOURCE,
    )
    return {"sheet": sheet, "chart": draw_chart(live)}


def describe_episode(whole: WholeEpisodeModel, episode: Episode, address: str) -> dict[str, object]:
    """Return the values for the picture of a busy spell; `whole` is what its page shows."""
    counted = "Edits without bots" if episode.detector.judges_people else "Edits"
    legend = [("line", f"{counted} a minute")]
    legend += [("pace", "usual when it began")] if whole.usual is not None else []
    legend += [("spell", "busy spell")]
    chart = draw_whole(whole, episode)
    sheet = make_sheet(
        f"Busy spell of {whole.name}",
        f"{counted} a minute. It began {format_moment(whole.started_at)}. {whole.project}",
        legend,
        whole.sentence if chart else whole.missing,
        address,
        source=_SOURCE,
    )
    return {"sheet": sheet, "chart": chart}
