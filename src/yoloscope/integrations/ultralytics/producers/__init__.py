"""What a detector's training shows beside its numbers: one file a producer, run by `registry`, on the contract of `contract`."""
