"""The page of one wiki, as a reader without scripts gets it."""
