"""By whom the people of a month are told."""

import numpy as np

from wiki_activity.domain.detection import Flags, Floats
from wiki_activity.domain.windows import sum_stored


def find_registered(editors: Floats, user_editors: Floats | None) -> Flags:
    """Find the months whose people are told by their registered editors who are no bots, instead of by all editors.

    That is where these are known, in the month and in each of the 12 before of which all editors are.

    Parameters
    ----------
    editors, user_editors
        (wikis, months), NaN for a missing month; None where no registered editors are known.
    """
    if user_editors is None:
        return np.zeros(editors.shape, dtype=bool)
    lacking = np.where(~np.isnan(editors) & np.isnan(user_editors), 1.0, np.nan)
    registered: Flags = ~np.isnan(user_editors) & (sum_stored(lacking, range(13)) == 0)
    return registered
