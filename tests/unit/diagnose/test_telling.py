"""Findings in words, also those whose numbers are not what the sentence expects."""

from yoloscope.diagnose import telling
from yoloscope.diagnose.texts import text
from yoloscope.records import finding

TOLD = text.Told("Loss {loss:.2f} in {names}.", "{names} 的损失为 {loss:.2f}。")
TEXTS = {
    "R1": text.Text(
        title=text.Told("Title", "标题"),
        what=text.Told("What", "什么"),
        why=text.Told("Why", "为何"),
        evidence={"": TOLD},
        advice={"": text.Told("Lower it.", "调低它。")},
        closes=text.Told("Closes", "关闭"),
        source="-",
    )
}


def evidence(rule: str = "R1", **values: finding.Value) -> tuple[str, str]:
    found = finding.Finding(rule=rule, name="n", severity="info", values=values)
    en, zh = (telling.tell(found, TEXTS, language=language) for language in ("en", "zh"))
    return en.evidence, zh.evidence


def test_numbers_stand_in_the_sentence() -> None:
    assert evidence(loss=2.126, names=["a", "b"]) == ("Loss 2.13 in a, b.", "a、b 的损失为 2.13。")


def test_a_word_stands_where_a_number_was_expected() -> None:
    assert evidence(loss="nan", names=["a", 0.123456]) == ("Loss nan in a, 0.1235.", "a、0.1235 的损失为 nan。")


def test_what_lacks_a_number_or_a_text_is_told_by_its_numbers() -> None:
    assert evidence(names=["a", "b"]) == ("names = a, b", "names = a、b")
    assert evidence("R9", loss=1.5, names=[]) == ("loss = 1.5, names = ", "loss = 1.5、names = ")
