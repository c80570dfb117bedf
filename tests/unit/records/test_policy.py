"""What a policy says, and that the stricter of two allows nothing that either forbids."""

import itertools

import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import policy

EVERY = [
    policy.Policy(summaries=s, media=m, text=t, class_names=c, bulk=b)
    for s, m, t, c, b in itertools.product(
        (True, False), (True, False), (True, False), ("index", "text"), ("later", "never")
    )
]


def allowed(one: policy.Policy) -> set[str]:
    """Return what a policy allows beside numbers."""
    flags = {name for name in ("summaries", "media", "text") if getattr(one, name)}
    choices = {"names": one.class_names == "text", "bulk": one.bulk == "later"}
    return flags | {name for name, given in choices.items() if given}


def test_the_default_lets_neither_text_nor_media_nor_class_names_leave() -> None:
    assert policy.Policy() == policy.Policy(version=1, summaries=True, media=False, text=False, class_names="index")


def test_the_stricter_policy_allows_what_both_allow() -> None:
    for one, other in itertools.product(EVERY, EVERY):
        assert allowed(one) & allowed(other) == allowed(policy.stricter(one, other))


def test_a_mapping_changes_the_fields_that_it_gives() -> None:
    base = policy.Policy(text=True, bulk="never")
    assert policy.Policy(text=True, class_names="text", bulk="never") == policy.from_mapping(
        {"class_names": "text"}, base=base
    )
    assert base == policy.from_mapping(msgspec.to_builtins(base), base=policy.Policy())


@pytest.mark.parametrize(
    ("given", "field", "fix"),
    [
        ({"txt": True}, "policy.txt", "use one of version, summaries, media, text, class_names, bulk"),
        ({"text": "yes"}, "policy.text", "use true or false"),
        ({"text": 1}, "policy.text", "use true or false"),
        ({"text": None}, "policy.text", "use true or false"),
        ({"class_names": "names"}, "policy.class_names", "use index or text"),
        ({"bulk": True}, "policy.bulk", "use later or never"),
        ({"version": 2}, "policy.version", "use 1"),
        ({1: True}, "policy.1", "use one of version, summaries, media, text, class_names, bulk"),
        ([], "policy", "use the fields version, summaries, media, text, class_names, bulk"),
        ("open", "policy", "use the fields version, summaries, media, text, class_names, bulk"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_fix(given: object, field: str, fix: str) -> None:
    with pytest.raises(errors.InvalidRecord) as refused:
        policy.from_mapping(given, base=policy.Policy())
    assert (refused.value.field, refused.value.fix) == (field, fix)
