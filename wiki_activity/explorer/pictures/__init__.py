"""Charts as pictures to take away: the pages' own drawings with title, source, licence and address, as SVG and PNG."""
