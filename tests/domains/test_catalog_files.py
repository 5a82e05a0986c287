"""The catalogue's files: what is wrong is named with its place, and what comes with the platform is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oeuvre.domains.catalog.errors import CatalogueFilesError
from oeuvre.domains.catalog.files import SHIPPED, catalogue_read, file_check, folder_check
from oeuvre.domains.catalog.schema import option_key

ATTRIBUTES = """
[[attributes]]
key = "tone"
label = "Tone"
type = "choice"
options = ["Plain", "Warm"]
"""
GROUP = """
key = "harbour"
name = "Harbour"
kind = "trade"
summary = "What harbours need."

[[leaves]]
key = "notices"
name = "Notices"
summary = "Texts for doors."
aliases = ["door text"]
attributes = ["tone"]

[[leaves.use_cases]]
key = "winter-timetable"
title = "A winter timetable"
question = "Do people miss the last boat?"
example = "Kestrel Ferries, four boats in Orkney, had a timetable nobody read. The writer cut it to nine lines and a map."
ask = ["Who checks the times?", "May we print it?"]
price = [40, 90]
days = [1, 3]
way = "human"
"""
SKILLS = """
[[areas]]
key = "writing"
name = "Writing"
summary = "Words in order."

[[skills]]
key = "notices-for-doors"
name = "Notices for doors"
area = "writing"
kind = "trade"
summary = "Says in three lines what must be known."
aliases = ["door notices"]
categories = ["notices"]
evidence = ["work"]
"""


def folder(path: Path, *, attributes: str = ATTRIBUTES, group: str = GROUP, skills: str = SKILLS) -> Path:
    (path / "categories").mkdir(exist_ok=True)
    (path / "attributes.toml").write_text(attributes)
    (path / "categories" / "010-harbour.toml").write_text(group)
    (path / "skills.toml").write_text(skills)
    return path


def problems(path: Path) -> list[str]:
    return [str(problem) for problem in folder_check(path)]


def test_catalogue_read__takes_a_folder_that_agrees_with_itself(tmp_path: Path) -> None:
    catalogue = catalogue_read(folder(tmp_path))
    assert [one.row.key for one in catalogue.groups] == ["harbour"]
    assert catalogue.attributes[0].row.options[1].key == "warm"


def test_catalogue_read__raises_with_everything_that_is_wrong(tmp_path: Path) -> None:
    folder(tmp_path, group=GROUP.replace('"trade"', '"hobby"'), skills=SKILLS.replace('["work"]', "[]"))
    with pytest.raises(CatalogueFilesError) as raised:
        catalogue_read(tmp_path)
    assert len(raised.value.problems) == 2
    assert "kind: must be one of 'ai' or 'trade'" in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "Notices"', 'name = ""', "leaves notices, name: is too short; 1 characters at least"),
        ('summary = "Texts for doors."', "", "leaves notices, summary: is missing; add it"),
        ('kind = "trade"', 'kind = "trade"\ncolour = "blue"', "colour: is not known here; remove it or mend"),
        ('key = "notices"', 'key = "Notices!"', "leaves Notices!, key: 'Notices!' is no key: use lower-case letters"),
        ("boat?", "boat", "winter-timetable, question: must end with a question mark"),
        ("price = [40, 90]", "price = [90, 40]", "has a price range that ends before it begins"),
        ("days = [1, 3]", "days = [1.5, 3]", "days no. 1: must be a whole number"),
        ("days = [1, 3]", "days = [1]", "days: has 1 entries; at least 2 are needed"),
        ('way = "human"', 'way = "magic"', "use_cases winter-timetable, way: must be one of 'generation'"),
        ('["door text"]', '["door text", "door text"]', "names 'door text' twice among its aliases"),
        (
            'attributes = ["tone"]',
            'attributes = ["tune"]',
            "there is no attribute 'tune'; add it, or mend its spelling",
        ),
        ('key = "notices"', 'key = "harbour"', "the key is taken already, in categories/010-harbour.toml"),
    ],
)
def test_folder_check__names_file_place_and_what_to_do(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GROUP
    found = problems(folder(tmp_path, group=GROUP.replace(old, new, 1)))
    assert any(said in line and line.startswith("categories/010-harbour.toml: ") for line in found), found


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ('type = "choice"\noptions = ["One"]', "needs at least two options"),
        ('type = "choices"\noptions = ["C", "c"]', "has two options with the key 'c'"),
        ('type = "boolean"\noptions = ["Yes", "No"]', "takes no options, being a boolean"),
        ('type = "number"\nminimum = 3\nmaximum = 3', "has a minimum that is not below its maximum"),
        ('type = "boolean"\nunit = "years"', "takes no unit, minimum or maximum, being a boolean"),
    ],
)
def test_folder_check__an_attribute_fits_its_type(tmp_path: Path, attribute: str, said: str) -> None:
    text = f'[[attributes]]\nkey = "tone"\nlabel = "Tone"\n{attribute}\n'
    assert any(said in line for line in problems(folder(tmp_path, attributes=text)))


def test_folder_check__skills_name_areas_and_leaves_that_there_are(tmp_path: Path) -> None:
    text = SKILLS.replace('area = "writing"', 'area = "wrting"').replace('["notices"]', '["notces"]')
    found = problems(folder(tmp_path, skills=text))
    assert any("skills notices-for-doors, area: there is no area 'wrting'" in line for line in found)
    assert any("categories: there is no leaf 'notces'" in line for line in found)


def test_folder_check__the_files_name_agrees_with_the_key(tmp_path: Path) -> None:
    found = problems(folder(tmp_path, group=GROUP.replace('key = "harbour"', 'key = "port"', 1)))
    assert any("is 'port', and the file's name says 'harbour'" in line for line in found)


@pytest.mark.parametrize(("text", "said"), [("key = ", "is not TOML"), ("\udcff", "is not UTF-8")])
def test_file_check__a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "010-harbour.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert [said in str(problem) for problem in file_check(path)] == [True]


def test_folder_check__says_what_is_missing(tmp_path: Path) -> None:
    assert problems(tmp_path) == ["attributes.toml: is missing; add it", "skills.toml: is missing; add it"]


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("C#", "c-sharp"),
        ("C++", "c-plus-plus"),
        ("C", "c"),
        ("DALL·E", "dalle"),
        ("llama.cpp", "llama-cpp"),
        ("Square 1:1", "square-1-1"),
        ("Não sei", "nao-sei"),
    ],
)
def test_option_key__tells_apart_what_people_tell_apart(label: str, key: str) -> None:
    assert option_key(label) == key


class TestShipped:
    """The catalogue that comes with the platform."""

    def test_shipped__is_as_large_as_it_says(self) -> None:
        catalogue = catalogue_read(SHIPPED)
        leaves = [leaf for one in catalogue.groups for leaf in one.row.leaves]
        assert len(catalogue.groups) >= 12
        assert len(leaves) >= 70
        assert sum(len(leaf.use_cases) for leaf in leaves) >= 200
        assert len(catalogue.skills) >= 250
        assert all(2 <= len(leaf.use_cases) <= 4 and len(leaf.attributes) >= 3 for leaf in leaves)

    def test_shipped__asks_for_the_rights_and_for_how_material_is_handled(self) -> None:
        required = {one.row.key for one in catalogue_read(SHIPPED).attributes if one.row.required}
        assert required == {"licence", "privacy_level"}

    def test_shipped__examples_have_a_length_that_is_read(self) -> None:
        for one in catalogue_read(SHIPPED).groups:
            for leaf in one.row.leaves:
                for case in leaf.use_cases:
                    words = len(re.findall(r"\S+", case.example))
                    assert 45 <= words <= 95, f"{case.key}: {words} words"

    def test_shipped__every_attribute_and_area_is_used(self) -> None:
        catalogue = catalogue_read(SHIPPED)
        asked = {key for one in catalogue.groups for leaf in one.row.leaves for key in leaf.attributes}
        assert {one.row.key for one in catalogue.attributes} == asked
        assert {one.row.key for one in catalogue.areas} == {one.row.area for one in catalogue.skills}
