"""What runs inside a training: `init`, `log`, `finish`. It never raises into the training, never waits for the network."""
