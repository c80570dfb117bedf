"""The proof of the diagnosis: real trainings with faults that we put in ourselves, healthy ones beside them, and what the engine says of both.

python -m benchmarks.diagnosis t0                                 what is found in the recorded trainings of tests/data
YOLOSCOPE_CORPUS=FOLDER python -m benchmarks.diagnosis public     how often each rule speaks on trainings that people published
python -m benchmarks.diagnosis generate --out DIR --split judge   train, record, note
python -m benchmarks.diagnosis judge --data DIR                   the figures of docs/diagnosis.md
python -m benchmarks.diagnosis efficacy --data DIR --out DIR      what the advice is worth
"""
