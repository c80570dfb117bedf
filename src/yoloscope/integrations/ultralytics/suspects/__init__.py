"""Looks at the training set with the model that is being trained: which pictures (`pictures`), how (`eyes`), for how long (`allowance`)."""
