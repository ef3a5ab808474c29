"""The board, peaks, a language, one peak, search and /about, as readers see them."""
