"""Acting on a training of Ultralytics: an `sdk.acting.Actor` over one trainer, and the safe points at which it is asked to act.

`actor` chooses, `rates` `gains` `length` `mosaic` are settings, `ending` `saving` `validating` `returning` are verbs, `live` says what differs
between versions. Whatever is changed is changed where the framework itself reads it, so that it holds through its schedule, its warm-up and a
resume; nothing here imports Ultralytics before its training does.
"""
