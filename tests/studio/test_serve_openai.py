"""OpenAI's protocol, field by field."""

import json
import math
from typing import Any

import jsonschema
import pytest
import torch

from oeuvre_studio.serve.constraint import Vocabulary
from oeuvre_studio.serve.errors import RequestError, UnsupportedError
from oeuvre_studio.serve.scores import LEAST, chat_scores, completion_scores
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import EMBEDDER
from oeuvre_studio.text.sampling import TokenScore
from tests.studio.serving import Running, ask

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 10},
        "days": {"type": "integer", "minimum": 0, "maximum": 99},
        "kind": {"enum": ["storm", "calm"]},
    },
    "required": ["name", "days", "kind"],
    "additionalProperties": False,
}


def raw(tokens: list[str]) -> bytes:
    """The bytes that a completion's log-probabilities tell."""
    return b"".join(
        bytes.fromhex(token.removeprefix("bytes:").replace("\\x", "")) if token.startswith("bytes:") else token.encode()
        for token in tokens
    )


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"logit_bias": {"5": 3}}, "logit_bias"),
        ({"audio": {"voice": "x", "format": "wav"}}, "audio"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]},
            "messages.0.content",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}, *ask()]},
            "messages.0.tool_calls",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_chat__refuses_what_it_cannot_do_instead_of_leaving_it_out(
    running: Running, change: dict[str, Any], param: str
) -> None:
    answer = running.chat(**change)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "unsupported", param)
    assert error["type"] == "invalid_request_error"


def test_chat__takes_what_asks_for_nothing(running: Running) -> None:
    plain = running.chat(seed=4).json()
    nothing = {
        "tools": [],
        "tool_choice": "none",
        "logit_bias": {},
        "modalities": ["text"],
        "max_tokens": None,
        "max_completion_tokens": 8,
        "temperature": None,
        "n": None,
        "stop": None,
        "stream": False,
        "logprobs": False,
        "response_format": {"type": "text"},
        "user": "u-1",
        "metadata": {"a": "b"},
        "store": False,
        "service_tier": "auto",
        "parallel_tool_calls": True,
    }
    assert running.chat(seed=4, **nothing).json()["choices"] == plain["choices"]


def test_chat__refuses_a_field_that_nobody_knows(running: Running) -> None:
    error = running.chat(temprature=1).json()["error"]
    assert (error["code"], error["param"]) == ("unknown_parameter", "temprature")


def test_chat__reads_parts_and_the_developer_s_role(running: Running) -> None:
    parts = [{"type": "text", "text": "the "}, {"type": "text", "text": "sea"}]
    first = running.chat(seed=1, messages=[{"role": "system", "content": "Write."}, *ask()])
    second = running.chat(
        seed=1, messages=[{"role": "developer", "content": "Write."}, {"role": "user", "content": parts}]
    )
    assert first.json()["choices"] == second.json()["choices"]
    assert first.json()["usage"] == second.json()["usage"]


def test_chat__a_stop_string_ends_the_text_before_it(running: Running) -> None:
    whole = running.chat(seed=3, max_tokens=30, temperature=0).json()["choices"][0]["message"]["content"]
    mark = whole[4:6]
    choice = running.chat(seed=3, max_tokens=30, temperature=0, stop=mark).json()["choices"][0]
    assert choice["message"]["content"] == whole[: whole.index(mark)]
    assert choice["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "strict",
    [{"temperature": 0}, {"top_k": 1}, {"min_p": 1.0}, {"top_p": 1e-9}],
    ids=["temperature", "top_k", "min_p", "top_p"],
)
def test_sampling__its_settings_reach_the_engine(running: Running, strict: dict[str, float]) -> None:
    """Each of these leaves only the likeliest token, so that the seed makes no difference."""
    usual = {"repetition_penalty": 1.0, "max_tokens": 12}
    texts = {running.chat(seed=seed, **usual, **strict).json()["choices"][0]["message"]["content"] for seed in range(3)}
    assert len(texts) == 1


@pytest.mark.parametrize("name", ["presence_penalty", "frequency_penalty"])
def test_sampling__penalties_reach_the_engine(running: Running, name: str) -> None:
    usual = {"repetition_penalty": 1.0, "max_tokens": 40, "temperature": 0}
    repeated, varied = (
        running.chat(**usual, **{name: value}).json()["choices"][0]["message"]["content"] for value in (-2, 2)
    )
    assert len(set(repeated)) < len(set(varied))


def test_completion__gives_each_prompt_its_own_choices(running: Running) -> None:
    answer = running.complete(prompt=["the sea", "a ship at"], n=2, seed=5, echo=True).json()
    choices = answer["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2, 3]
    starts = ("the sea", "the sea", "a ship at", "a ship at")
    assert all(choice["text"].startswith(start) for choice, start in zip(choices, starts, strict=True))
    assert answer["usage"]["prompt_tokens"] == len("the sea") + len("a ship at")
    assert [told["seed"] for told in answer["oeuvre"]] == [5, 6, 7, 8]


def test_completion__takes_tokens_for_a_prompt(running: Running) -> None:
    tokens = running.studio.base.tokenizer("the sea")["input_ids"]
    by_text = running.complete(seed=5).json()["choices"]
    assert running.complete(seed=5, prompt=tokens).json()["choices"] == by_text
    assert running.complete(seed=5, prompt=[tokens]).json()["choices"] == by_text
    assert running.complete(prompt=[99_999]).json()["error"]["param"] == "prompt"
    assert running.complete(prompt=["a", ""]).json()["error"]["param"] == "prompt"
    assert running.complete(prompt=["a"] * 33).json()["error"]["param"] == "n"


def test_completion__streams_what_it_gives_at_once(running: Running) -> None:
    whole = running.complete(seed=5, echo=True, prompt=["the sea", "a ship"]).json()["choices"]
    answer = running.complete(seed=5, echo=True, prompt=["the sea", "a ship"], stream=True)
    texts = ["", ""]
    for line in answer.text.splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line.removeprefix("data: "))["choices"]:
                texts[choice["index"]] += choice["text"]
    assert texts == [choice["text"] for choice in whole]


def test_scores__of_a_greedy_text_are_those_of_the_likeliest(running: Running) -> None:
    greedy = {"temperature": 0, "repetition_penalty": 1.0, "max_tokens": 6, "seed": 1}
    whole = running.complete(logprobs=2, **greedy).json()
    answer, answer_tokens = whole["choices"][0], whole["usage"]["completion_tokens"]
    told = answer["logprobs"]
    assert [len(each) for each in told.values()] == [answer_tokens] * 4
    assert raw(told["tokens"]).decode(errors="replace").startswith(answer["text"])
    for token, logprob, likely in zip(told["tokens"], told["token_logprobs"], told["top_logprobs"], strict=True):
        assert likely[token] == logprob == max(likely.values())
        assert sum(math.exp(each) for each in likely.values()) <= 1
    chat = running.chat(logprobs=True, **greedy).json()["choices"][0]["logprobs"]["content"]
    assert all(entry["top_logprobs"] == [] and entry["logprob"] <= 0 for entry in chat)
    assert running.complete(logprobs=2, echo=True).json()["error"]["param"] == "echo"


def test_scores__in_a_stream_are_those_of_the_whole(running: Running) -> None:
    asked = {"logprobs": True, "top_logprobs": 2, "seed": 3, "max_tokens": 8}
    whole = running.chat(**asked).json()["choices"][0]["logprobs"]["content"]
    streamed = []
    for line in running.chat(**asked, stream=True).text.splitlines():
        if line.startswith("data: {"):
            choice = json.loads(line.removeprefix("data: "))["choices"][0]
            streamed += (choice["logprobs"] or {"content": []})["content"]
    assert streamed == whole


def test_scores__tell_bytes_where_a_token_is_no_character(base: Base) -> None:
    tokens = base.tokenizer("é!")["input_ids"]  # two bytes, then one
    scores = [TokenScore(token, -math.inf, ((token, -0.5),)) for token in tokens]
    vocabulary = Vocabulary(base)
    content = chat_scores(scores, vocabulary)["content"]
    assert [entry["bytes"] for entry in content] == [[0xC3], [0xA9], [0x21]]
    assert content[0]["logprob"] == LEAST
    told = completion_scores(scores, vocabulary, offset=7)
    assert told["tokens"] == ["bytes:\\xc3", "bytes:\\xa9", "!"]
    assert told["text_offset"] == [7, 7, 8]
    json.dumps((content, told), allow_nan=False)


def test_structured__every_answer_follows_the_schema(running: Running) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "voyage", "strict": True, "schema": SCHEMA}}
    answer = running.chat(response_format=wanted, max_tokens=200, temperature=2, n=4, seed=1).json()
    for choice in answer["choices"]:
        assert choice["finish_reason"] == "stop"
        jsonschema.validate(json.loads(choice["message"]["content"]), SCHEMA)
    assert len({choice["message"]["content"] for choice in answer["choices"]}) > 1


@pytest.mark.parametrize("longer", [{"min_tokens": 5}, {"ignore_eos": True}])
def test_structured__an_answer_cannot_be_made_longer_than_its_schema(running: Running, longer: dict[str, Any]) -> None:
    error = running.chat(response_format={"type": "json_object"}, **longer).json()["error"]
    assert (error["code"], error["param"]) == ("unsupported", "response_format")


def test_structured__any_object_is_an_object(base: Base) -> None:
    constraint = Vocabulary(base).constraints({"type": "object"}, 1)[0]
    written = []
    for text in ('{"sea": [1, 2]}',):
        for token in base.tokenizer(text)["input_ids"]:
            scores = torch.zeros(len(base.head))
            constraint.forbid(scores)
            assert scores[token] == 0
            constraint.accept(token)
            written.append(token)
    scores = torch.zeros(len(base.head))
    constraint.forbid(scores)
    assert scores.isfinite().nonzero().flatten().tolist() == [base.tokenizer.eos_token_id]


def test_structured__what_is_not_allowed_is_not_accepted(base: Base) -> None:
    constraint = Vocabulary(base).constraints({"type": "integer"}, 1)[0]
    letter = base.tokenizer("x")["input_ids"][0]
    scores = torch.zeros(len(base.head))
    constraint.forbid(scores)
    assert scores[letter] == -math.inf
    with pytest.raises(RuntimeError):
        constraint.accept(letter)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "strin"}, UnsupportedError),
        ({"$ref": "https://example.org/schema.json"}, UnsupportedError),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, UnsupportedError),
        ({"description": "x" * 40_000}, RequestError),
    ],
    ids=["no type", "elsewhere", "impossible", "too long"],
)
def test_structured__a_schema_that_cannot_be_followed_is_refused(
    base: Base, schema: dict[str, Any], kind: type[RequestError]
) -> None:
    with pytest.raises(kind) as caught:
        Vocabulary(base).constraints(schema, 1)
    assert caught.value.param == "response_format"


def test_structured__a_schema_cannot_switch_the_rules_off(base: Base) -> None:
    loose = {"type": "object", "x-guidance": {"whitespace_flexible": True, "lenient": True}}
    constraint = Vocabulary(base).constraints(loose, 1)[0]
    scores = torch.zeros(len(base.head))
    constraint.forbid(scores)
    allowed = scores.isfinite().nonzero().flatten().tolist()
    assert allowed == base.tokenizer("{")["input_ids"]


def test_embeddings__refuses_what_it_cannot_give(running: Running) -> None:
    def embed(**more: object) -> Any:
        body = {"model": EMBEDDER, "input": "sea", **more}
        return running.http("POST", "/v1/embeddings", running.grant("embed", "*"), json=body).json()

    assert embed(input=["sea"], user="u", encoding_format=None)["data"]
    for wrong, param in (
        ({"input": []}, "input"),
        ({"input": ["x"] * 257}, "input"),
        ({"input": [1, 2, 3]}, "input"),
        ({"dimensions": 7}, "dimensions"),
        ({"model": "ada"}, "model"),
    ):
        assert embed(**wrong)["error"]["param"].startswith(param)


def test_models__are_listed_as_far_as_the_grant_sees(running: Running) -> None:
    def listed(subject: str) -> list[str]:
        answer = running.http("GET", "/v1/models", running.grant("generate", subject)).json()
        return [model["id"] for model in answer["data"]]

    assert listed("*") == [running.studio.base.name, running.version]
    assert listed(running.version) == [running.version]
    assert listed("nobody@0123456789ab") == []
