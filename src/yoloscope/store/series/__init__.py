"""Back ends of the series store; `blocks` is the embedded one."""
