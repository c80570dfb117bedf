"""Where the server keeps what it was given: the series store and the catalogue, behind the ports of `store.ports`."""
