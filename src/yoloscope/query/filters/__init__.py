"""The filter language of the run table: text to expression (`parser`), expression to answer (`evaluate`), and what may come next (`completion`)."""
