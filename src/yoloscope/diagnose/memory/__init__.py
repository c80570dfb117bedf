"""What is remembered of one run, in bounded space: `run.Memory` is the `view.View` that rules look at.

`naming` says what a name is (looked up once), `slots` gather the open epoch, `track` keeps a series by epoch, `steps` the batches, `blocks` medians,
`classes` the weakest classes. All of it goes through `stream`, by the `words` that most states say, into bytes and back, equal to the last bit.
"""
