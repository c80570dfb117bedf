"""The machine beside a training: cards behind a port, the host, processes, and who of several sidecars reads them."""
