"""Cross-entropy through a frozen head."""

import torch
from torch.nn import functional

from oeuvre_studio.text.loss import CHUNK, cross_entropy_each, cross_entropy_sum

ROWS = CHUNK + 7  # more than one chunk, the last one short


def test_loss__value_and_gradient_are_those_of_the_plain_computation() -> None:
    torch.manual_seed(0)
    weight, targets = torch.randn(50, 8), torch.randint(0, 50, (ROWS,))
    hidden = torch.randn(ROWS, 8, requires_grad=True)
    plain = hidden.detach().clone().requires_grad_()
    ours = cross_entropy_sum(hidden, weight, targets)
    expected = functional.cross_entropy(plain @ weight.T, targets, reduction="sum")
    (ours * 0.5).backward()  # type: ignore[no-untyped-call]  # torch
    (expected * 0.5).backward()  # type: ignore[no-untyped-call]  # torch
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(hidden.grad, plain.grad, atol=1e-5, rtol=1e-4)


def test_loss__each_sums_to_the_sum() -> None:
    torch.manual_seed(0)
    weight, targets = torch.randn(50, 8), torch.randint(0, 50, (ROWS,))
    hidden = torch.randn(ROWS, 8)
    each = cross_entropy_each(hidden, weight, targets)
    assert each.shape == (ROWS,)
    torch.testing.assert_close(each.sum(), cross_entropy_sum(hidden, weight, targets))
