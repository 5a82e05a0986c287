"""The components that pages are put together from."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django import forms
from django.apps import apps
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.module_loading import module_has_submodule

from oeuvre import interfaces
from oeuvre.interfaces.ui import charts, marks, statuses
from oeuvre.interfaces.ui.fonts import FONTS
from oeuvre.interfaces.ui.icons import ICONS
from oeuvre.interfaces.ui.sentences import sentence
from oeuvre.kit.pagination import paginate
from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

FACES = Path(interfaces.__file__).parent
TEMPLATES = sorted(FACES.glob("*/templates/**/*.html"))
COMPONENTS = sorted((FACES / "ui" / "templates" / "ui").glob("*.html"))


def render(source: str, request: HttpRequest | None = None, **context: object) -> str:
    return Template(source).render(Context({"request": request or RequestFactory().get("/"), **context})).strip()


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component__opens_with_what_it_is(path: Path) -> None:
    assert path.read_text().startswith("{#")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FACES)))
def test_template__has_nothing_that_the_content_security_policy_blocks(path: Path) -> None:
    source = path.read_text()
    if "email" in path.parts:
        return  # mail readers know no style sheets
    assert not re.search(r"\sstyle\s*=", source), "inline style"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source), "inline handler"
    assert "hx-on" not in source
    for tag in re.findall(r"<script\b[^>]*>", source):
        assert "src=" in tag or 'type="application/json"' in tag, tag


def test_button__is_a_link_where_it_leads_somewhere() -> None:
    link = render('{% button "Go" href="/x/" %}')
    assert re.fullmatch(r'<a class="button button--quiet"\s+href="/x/">Go</a>', link.split("#}")[-1].strip())
    assert 'type="submit"' in render('{% button "Save" kind="primary" %}')
    assert 'data-dialog-open="sure"' in render('{% button "Delete" dialog="sure" %}')


def test_button__escapes_its_label() -> None:
    assert "<script>" not in render("{% button label %}", label="<script>")


def test_icon__refuses_a_name_that_is_not_drawn() -> None:
    with pytest.raises(ImproperlyConfigured, match="no icon 'unicorn'"):
        render('{% icon "unicorn" %}')
    assert all(re.fullmatch(r"[MLHVCSAQZmlhvcsaqz0-9 .,-]+", path) for path in ICONS.values())


def _declared_states() -> set[str]:
    """The states of every machine of every domain."""
    found: set[str] = set()
    for config in apps.get_app_configs():
        if config.name.startswith("oeuvre.domains."):
            for name in ("states", "models"):
                if module_has_submodule(config.module, name):
                    module = import_module(f"{config.name}.{name}")
                    machines = [value for value in vars(module).values() if isinstance(value, StateMachine)]
                    found |= {str(state) for machine in machines for state in machine.table}
    return found


def test_badge__knows_every_state_of_every_life_cycle() -> None:
    declared = _declared_states()
    assert {"training", "past_due", "in_review"} <= declared, "the search finds machines"
    assert declared <= set(statuses.LOOKS), sorted(declared - set(statuses.LOOKS))


def test_badge__of_an_unknown_status_reads_as_its_own_words() -> None:
    assert "Half baked" in render('{% badge "half_baked" %}')


def test_field__ties_label_help_and_error_to_the_control() -> None:
    class Example(forms.Form):
        title = forms.CharField(help_text="Shown on the shelf.")

    html = str(Example({"title": ""}))
    assert '<label class="field__label" for="id_title">' in html
    assert 'aria-invalid="true"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described is not None
    for name in described.group(1).split():
        assert f'id="{name}"' in html


def test_form_errors__link_to_their_fields() -> None:
    class Example(forms.Form):
        title = forms.CharField()

    html = render("{% form_errors form %}", form=Example({}))
    assert 'href="#id_title"' in html
    assert 'role="alert"' in html
    assert render("{% form_errors form %}", form=Example({"title": "x"})) == ""


def test_progress__asks_again_only_while_it_has_an_address() -> None:
    running = render('{% progress "Training" value=40 url="/run/" %}')
    assert 'hx-get="/run/"' in running
    assert 'value="40"' in running
    assert "hx-get" not in render('{% progress "Done" value=100 %}')


def test_pagination__keeps_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/works/?status=ready&page=2")
    html = render("{% pagination page %}", request, page=paginate(list(range(60)), page=2, per_page=20))
    assert "status=ready&amp;page=1" in html
    assert "status=ready&amp;page=3" in html
    assert render("{% pagination page %}", request, page=paginate([1], page=1)) == ""


def test_nav_item__marks_the_page_one_is_on_and_leaves_out_what_is_not_there() -> None:
    here = RequestFactory().get("/about/")
    assert 'aria-current="page"' in render('{% nav_item "about" "About" %}', here)
    assert "aria-current" not in render('{% nav_item "home" "Home" %}', here)
    assert render('{% nav_item "no:such" "Nothing" %}', here) == ""


def test_tabs__mark_the_longest_address_that_fits() -> None:
    request = RequestFactory().get("/works/?status=waiting")
    html = render('{% tabs "Works" "All" "/works/" "Waiting" "/works/?status=waiting" %}', request)
    assert re.findall(r'aria-current="page">(\w+)', html) == ["Waiting"]


def test_blocks__hold_what_stands_inside() -> None:
    html = render('{% card title="Rights" %}<p>{{ said }}</p>{% endcard %}', said="A & B")
    assert "<p>A &amp; B</p>" in html
    assert 'role="alert"' in render('{% alert kind="bad" %}No.{% endalert %}')
    assert 'aria-labelledby="sure-title"' in render('{% dialog id="sure" title="Sure?" %}x{% enddialog %}')


def test_open_graph__says_all_of_it_with_absolute_addresses(settings: Settings) -> None:
    settings.SITE_URL = "https://works.example"
    tag = '{% open_graph title "Words" "https://works.example/a/" kind="product" image="/b.png" %}'
    html = render(tag, title="A <gig>")
    for name, value in (("title", "A &lt;gig&gt;"), ("type", "product"), ("image", "https://works.example/b.png")):
        assert f'property="og:{name}" content="{value}"' in html
    assert 'rel="canonical" href="https://works.example/a/"' in html


def test_history__says_what_happened_in_words() -> None:
    record = SimpleNamespace(at=None, code="account.role_added", data={"role": "freelancer"})
    assert "Role added: freelancer" in render("{% history records %}", records=[record])
    assert sentence("account.role_added") == "Role added:"
    assert sentence("training_run.paused") == "Training run: paused"


def test_mark__is_the_same_for_the_same_name_and_another_for_another() -> None:
    seeds = [f"person-{number}" for number in range(200)]
    drawn = {str(marks.mark(seed)) for seed in seeds}
    assert len(drawn) == len(seeds)
    assert marks.mark("maren-oduya") == marks.mark("maren-oduya")
    assert {marks.cloth(seed) for seed in seeds} == {f"cloth-{name}" for name in marks.CLOTHS}


def test_mark__is_drawn_as_its_field_is_and_on_the_cloth_of_its_owner() -> None:
    fields = ("writing", "voice-and-audio", "ai-video", "ai-applications", "code", "data-for-ai")
    assert len({str(marks.mark("one", field=field)) for field in fields}) == len(fields)
    assert marks.mark("one", field="something an operator added") == marks.mark("one")
    assert marks.cloth("maren-oduya") in marks.mark("one", owner="maren-oduya")


def test_mark__is_decorative_unless_named_and_has_no_inline_style() -> None:
    assert 'aria-hidden="true"' in marks.mark("x")
    assert 'aria-label="&lt;b&gt;"' in marks.mark("x", label="<b>")
    assert "style=" not in marks.mark("x")


@pytest.mark.parametrize(
    "chart",
    [
        charts.line_chart(title="Loss", summary="It falls.", x="Step", y="Loss", series={"a": [(0, 2), (1, 1)]}),
        charts.bar_chart(title="Earnings", summary="One.", x="Cents", y="Work", values=[("A", 3), ("B <i>", 2)]),
        charts.distribution(title="Runs", summary="Few.", x="Tokens", y="Samples", values=[1, 2, 2, 9], mark_at=5),
        charts.distribution(title="None", summary="Empty.", x="Tokens", y="Samples", values=[]),
    ],
    ids=lambda chart: chart.title,
)
def test_chart__has_tokens_for_colours_and_its_numbers_as_text(chart: charts.Chart) -> None:
    assert chart.svg.startswith('<svg role="img" aria-label="')
    assert "style=" not in chart.svg
    assert "<i>" not in chart.svg
    painted = set(re.findall(r'(?:fill|stroke)="(#[^"]+)"', chart.svg))
    assert not painted, f"fixed colours: {painted}"
    assert "var(--" in chart.svg
    html = render("{% chart drawn %}", drawn=chart)
    assert chart.summary in html
    assert html.count("<tr>") == len(chart.rows) + 1


def test_line_chart__has_a_gap_where_a_series_has_no_value() -> None:
    chart = charts.line_chart(
        title="Loss", summary="Two.", x="Step", y="Loss", series={"train": [(0, 2), (1, 1)], "held out": [(1, 1.5)]}
    )
    assert chart.columns == ("Step", "train", "held out")
    assert chart.rows == (("0", "2", "-"), ("1", "1", "1.5"))


def test_distribution__counts_every_value_once() -> None:
    values = [0.0, 1.0, 2.5, 10.0]
    chart = charts.distribution(title="t", summary="s", x="x", y="y", values=values, bins=4)
    assert sum(int(count) for _span, count in chart.rows) == len(values)


@pytest.mark.parametrize("name", FONTS)
def test_fonts__come_from_their_packages_as_woff2(name: str) -> None:
    found = finders.find(f"fonts/{name}.woff2")
    assert isinstance(found, str)
    content = Path(found).read_bytes()
    assert content[:4] == b"wOF2"
    assert len(content) < 250_000


def test_fonts__offer_nothing_else() -> None:
    assert finders.find("fonts/comic.woff2") is None
