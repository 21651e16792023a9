"""Own rules: a package installed beside perfxl adds to the catalogue; a broken one is told by its name.

Nothing is downloaded: a package is installed here by writing its module and its ``.dist-info`` into a folder of sys.path.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from forms import form

from perfxl.errors import UsageError
from perfxl.rules import Context, catalogue
from perfxl.rules.own import RESERVED, own_rules
from perfxl.vocabulary import Vocabulary

CHECKOUT = Path(__file__).parents[1]
DOC = (CHECKOUT / "docs" / "own-rules.md").read_text(encoding="utf-8")
RULE = """
from perfxl.issue import Severity
from perfxl.rules import CollectionRule, Finding, Rule

class Mine(Rule):
    code, name, title, severity = "B01", "mine", "我的规则", Severity.INFO
    message, advice, source, why, wrong, right = "项目叫{project}", "请改名", "本市通知", "因为", "错", "对"
    def check(self, form, context):
        yield Finding(form.project.at, {"project": form.project.text})
"""


def install(site: Path, name: str, module: str, source: str, points: str) -> None:
    """What ``pip install`` leaves behind of a package with one module."""
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(points, encoding="utf-8")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package whose module holds RULE and more, and whose entry point names ``offered`` in it."""

    def installed(more: str = "", *, offered: str = "Mine", name: str = "bureau-rules", source: str = RULE) -> None:
        module = f"{name.replace('-', '_')}_{tmp_path.name}"
        monkeypatch.syspath_prepend(str(tmp_path))
        install(tmp_path, name, module, source + more, f"[perfxl.rules]\nbureau = {module}:{offered}\n")

    yield installed
    for module in [name for name in sys.modules if name.endswith(tmp_path.name)]:
        del sys.modules[module]


def refusal() -> str:
    with pytest.raises(UsageError) as caught:
        own_rules()
    return str(caught.value)


# --- the documented example ------------------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOC, re.DOTALL)


@pytest.fixture
def site(tmp_path):
    """A folder in which the documented package is installed, from the very text of the documentation."""
    (project,), (rules, helper) = map(tomllib.loads, blocks("toml")), blocks("python")
    points = project["project"]["entry-points"]["perfxl.rules"]
    lines = "[perfxl.rules]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
    (module,) = {value.partition(":")[0] for value in points.values()}
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["include"] == [f"{module}.py"]
    install(tmp_path, project["project"]["name"], module, rules, lines)
    (tmp_path / "helper.py").write_text(helper, encoding="utf-8")
    return tmp_path


def run(site: Path, *arguments: str) -> str:
    """Output of a Python that has the package beside perfxl."""
    path = os.pathsep.join([str(site), str(CHECKOUT), str(CHECKOUT / "tests")])
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        cwd=site,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


EXAMPLE_FORM = """
产出指标   | 数量指标           | 制卡数量   | 全年制作的社保卡 | 约469483张
           | 数量指标           | 换卡数量   | 全年更换的社保卡 | ≥ | 300 | 张
满意度指标 | 服务对象满意度指标 | 服务约定率 | 抽样调查         | ≥ | 95  | %
"""
CHECK = f"""
from forms import form
from perfxl.rules import check
for purpose in ("用于制卡。", "根据津人社发〔2022〕15号，用于制卡。"):
    for issue in check(form('''{EXAMPLE_FORM}''', purpose=purpose)):
        if issue.code[0] == "B":
            print(issue.code, issue.severity, issue.at.a1, issue.value, issue.message)
"""


def test_the_documented_package_checks_forms_beside_the_catalogue(site):
    assert run(site, "-c", CHECK).splitlines() == [
        "B01 warning B5 用于制卡。 资金用途没有写明文件依据",
        "B02 error F17 约469483张 “制卡数量”的指标值写了“约”，到底要做到多少不明确",
        "B02 error F17 约469483张 “制卡数量”的指标值写了“约”，到底要做到多少不明确",
    ]


def test_the_documented_package_is_listed_and_explained_like_any_rule(site):
    assert run(site, "-m", "perfxl", "rules").splitlines()[-2:] == [
        "B01  警告  资金用途没有文件依据",
        "B02  错误  指标值写了约数",
    ]
    told = run(site, "-m", "perfxl", "rule", "b01")
    assert "B01 资金用途没有文件依据（basis-missing）" in told
    assert "依据：本市 2027 年预算编制通知第六条" in told


def test_settings_know_the_codes_of_own_rules(site):
    (site / "perfxl.toml").write_text('ignore = ["B"]\n[severity]\nB02 = "提示"\n', encoding="utf-8")
    code = "from pathlib import Path; from perfxl.configuration import load_settings; s = load_settings(Path('perfxl.toml'))"
    assert run(site, "-c", code + "; print(s.ignore, dict(s.severities)['B02'])") == "('B',) info\n"


def test_the_documented_helper_works_on_a_workbook(site):
    template = CHECKOUT / "templates" / "target_form.xlsx"
    code = f"from helper import codes; print('S01' in codes({str(template)!r}), 'B01' in codes({str(template)!r}))"
    assert run(site, "-c", code) == "True False\n"


# --- any package -----------------------------------------------------------------------------------------------------


def test_without_such_packages_there_are_none():
    assert own_rules() == ()


def test_rules_come_by_code_from_one_class_or_a_list(installed):
    installed("class Other(Mine):\n    code = 'ABCD'[1] + '001'\nLIST = [Mine, Other]\n", offered="LIST")
    assert [one.code for one in own_rules()] == ["B001", "B01"]


def test_an_own_rule_finds_what_it_looks_for(installed):
    installed()
    (mine,) = own_rules()
    sample = form(project="宣传费")
    assert [finding.at for finding in mine.check(sample, Context(Vocabulary.load()))] == [sample.project.at]


def test_letters_kept_for_the_catalogue_are_those_it_uses():
    assert {one.code[0] for one in catalogue()} <= set(RESERVED)


@pytest.mark.parametrize(
    ("more", "offered", "told"),
    [
        ("import no_such_module_anywhere\n", "Mine", "导入不了"),
        ("raise RuntimeError('boom')\n", "Mine", "导入不了"),
        ("", "Missing", "导入不了"),
        ("THREE = 3\n", "THREE", "bureau 给出的 int 不是规则"),
        ("class Plain: ...\n", "Plain", "Plain 不是规则"),
        ("ONE = [Mine()]\n", "ONE", "bureau 给出的 Mine 不是规则"),
        ("", "Rule", "Rule 不是规则"),
        ("Mine.code = 'A05'\n", "Mine", "规则码 A05 用了 perfxl 自己的字母（A、G、I、N、S、T、V、W、X）"),
        ("Mine.code = 'XY01'\n", "Mine", "规则码 XY01 用了 perfxl 自己的字母"),
        ("Mine.code = 'b01'\n", "Mine", "Mine 的规则码“b01”不合规"),
        ("Mine.code = 'B1'\n", "Mine", "Mine 的规则码“B1”不合规"),
        ("Mine.code = 'B０1'\n", "Mine", "Mine 的规则码“B０1”不合规"),
        ("del Mine.code\n", "Mine", "Mine 的规则码“”不合规"),
        ("del Mine.title; Mine.why = ''\n", "Mine", "规则 B01 没有写好 title、why"),
        ("Mine.severity = 'error'; Mine.requires = ('S01')\n", "Mine", "规则 B01 没有写好 severity、requires"),
        ("del Mine.check\n", "Mine", "规则 B01 没有写好 check"),
        ("Mine.__init__ = lambda self, needed: None\n", "Mine", "规则 B01 建不起来"),
        ("class Both(Mine, CollectionRule): ...\n", "Both", "规则 B01 是跨表的规则，不能自定义"),
        ("TWO = [Mine, Mine]\n", "TWO", "规则码 B01 与程序包 bureau-rules 的重复"),
    ],
)
def test_a_broken_package_is_named_with_what_is_wrong_and_what_to_do(installed, more, offered, told):
    installed(more, offered=offered)
    message = refusal()
    assert message.startswith("自定义规则程序包 bureau-rules：")
    assert told in message
    assert message.endswith("急用时可先卸载：pip uninstall bureau-rules。")
    assert "boom" not in message


def test_two_packages_may_not_claim_one_code(installed):
    installed()
    installed(name="city-rules")
    message = refusal()
    assert "规则码 B01 与程序包" in message
    assert "bureau-rules" in message
    assert "city-rules" in message


@pytest.mark.parametrize(
    "body",
    [
        "raise ZeroDivisionError('boom')",
        "yield Finding(form.project.at)",  # the message asks for a fact
        "yield Finding(form.project, {'project': ''})",  # a cell is no address
        "yield Finding(None, {'project': ''}, variant='boom')",
        "yield 'boom'",
        "return None",
    ],
)
def test_a_rule_that_fails_while_it_checks_is_told_as_the_packages_fault(installed, body):
    installed(f"class Bad(Mine):\n    def check(self, form, context):\n        {body}\n", offered="Bad")
    (bad,) = own_rules()
    with pytest.raises(UsageError) as caught:
        list(bad.check(form(), Context(Vocabulary.load())))
    assert str(caught.value) == (
        "自定义规则 B01（程序包 bureau-rules）：检查 样例.xlsx 时出错。"
        '请联系编写者；急用时在 perfxl.toml 里写 ignore = ["B01"] 先停用它。'
    )


def test_nobody_looks_for_packages_before_the_catalogue_is_asked_for(site):
    code = "import sys, perfxl, perfxl.rules; print('bureau_rules' in sys.modules)"
    assert run(site, "-c", code) == "False\n"
    assert run(site, "-c", code.replace("; print", "; perfxl.rules.catalogue(); print")) == "True\n"
