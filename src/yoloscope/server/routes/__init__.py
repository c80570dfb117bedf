"""One file a group of routes; each route declares what it requires."""
