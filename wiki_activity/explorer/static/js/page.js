// What every page does; a page works without it for reading.
