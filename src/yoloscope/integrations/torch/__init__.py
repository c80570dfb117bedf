"""PyTorch loops of one's own: what a model and its optimizers tell beside the numbers that the loop logs.

`watch` is what stands beside one run: it hangs on the optimizers' own hooks and, for some batches at a time, on torch's hook for all
modules, never on the model, which can be copied and saved at any time. `steps` looks at one optimizer's step, `activations` finds units
that died, `starting` how the weights began; `schedule` says how often, `places` at which step and epoch.
"""
