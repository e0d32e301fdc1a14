"""Names and firms that speakers give: 我姓陈, 我叫陈雨桐, 汇江通信的小方, 陈先生, my name is Tolu.

Rules over a list of surnames, not a parse. ``own_name`` is a speaker's own, ``name`` any name, ``company`` the firm
that a speaker says to call for. A name that no punctuation ends may come out a character short or long.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from qa_pipeline.language.normalise import simplify_character

NAME_FACTS = frozenset({"name", "own_name", "company"})

#: The commonest surnames; rare ones that are everyday words (那, 和, 时, 万, 成, 区 …) are left out.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
    "姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵覃武钱戴严莫孔向汤常温康施牛"
    "樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂苗谷曲盛冉"
    "蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶牟艾尤阳卞骆佟臧查邬晏岑刁占娄鄢褚邰戚应桂池郁茅麻穆席宫晋卫敖仇储项洪"
    "沙楚鞠宗屠郗甄丛阙翁郎雒蔺瞿阎茅卜裘尉谯匡亓冼蹇晁苟佘濮隋栗姬扈闻党贝"
)
_SURNAME = f"(?:欧阳|上官|司马|诸葛|司徒|东方|夏侯|皇甫|尉迟|令狐|慕容|端木|[{_SURNAMES}])"
#: Words that begin with 小 and a surname.
_LITTLE_THINGS = (
    "程序|孙子|孙女|高层|方块|方案|金额|金库|龙虾|毛病|毛孩|白菜|路费|单子|包裹|汤圆|叶子|管家|马路|马甲|康|温"
)
_LITTLE = f"[小老阿](?!{_LITTLE_THINGS}){_SURNAME}"
#: Characters that go on with the sentence rather than with the name, where no punctuation tells.
_GOES_ON = (
    "我您你他她它是的这那想打在工来给做就行好呢啊哈吧先今上跟咱从负专请问联系现前有个说了也都不要能可会以看为和到对"
)
_CHARACTER = f"(?:(?![{_GOES_ON}])[一-龥])"
_FULL = f"{_SURNAME}{_CHARACTER}{{1,2}}"
_END = r"(?=[，。,.！!？?；;、…\s]|$|工号|我姓|我叫)"

_TITLES = (
    "先生|女士|小姐|太太|阿姨|大姐|大哥|大爷|大妈|叔叔|师傅|老师|老板|经理|主任|主管|总监|院长|校长|园长|局长"
    "|律师|医生|教授|同学|总(?![共是的之价部计额结体量数得会算台行店要])|工(?![号作资程厂人具])|姐(?![姐妹])"
    r"|哥(?!哥)|姨|叔|生(?=[，。,.！!？?、\s]|你好|您好)"
)
_ROLE = "客服|顾问|经理|专员|坐席|代表|助理|老师|主任|班主任|技术员|工程师|教练|护士"
_SAYS_NO_OTHER = r"[^。！!？?；;\n您你他她谁]"
#: What follows 的 or a role and is no name, though it begins with a surname.
_NO_NAME = (
    "项目|方[案式法便]|高端|金额|时间|平台|安[全装排]|单子|路由|白[天色]|包[装括]|关[系心]|应该|向您|常用|钱|房子"
)

#: Where somebody says who he or she is.
_OWN = re.compile(
    rf"(?:我|本人)(?:就|也|是)?姓(?P<a>{_SURNAME})|免贵姓?(?P<b>{_SURNAME})"
    rf"|(?:^|敝|(?:(?<!休)的|部|店|行|中心|{_ROLE}|[0-9零〇一二三四五六七八九幺])[，,\s]?)姓(?P<c>{_SURNAME})"
    r"(?=[，。,.！!？?\s]|$|工号|跟您|给您)"
    rf"|我(?:的)?(?:名字)?(?:是叫|叫做|名叫|叫|全名是)(?P<d>{_LITTLE}{_CHARACTER}{{0,2}}|{_FULL}"
    rf"|(?P<twin>[一-龥])(?P=twin)(?=[^说讲看])|{_CHARACTER}{{2}}{_END})"
    rf"|(?:叫我|喊我|称呼我)(?:为|是|声|一声)?(?P<e>{_LITTLE}|{_SURNAME}(?:老师|经理|哥|姐|总|工))"
    rf"|我(?!们的?公司){_SAYS_NO_OTHER}{{0,24}}?(?<!我们)(?<![一-龥]个)"
    rf"(?P<f>[小阿](?!{_LITTLE_THINGS}){_SURNAME})(?![一-龥]?[子块套])"
    rf"|我(?:们|这边|这里)?是{_SAYS_NO_OTHER}{{1,20}}?(?:的|{_ROLE})(?P<g>(?!{_NO_NAME}){_FULL}){_END}"
    rf"|(?:我是|的)(?P<h>(?!{_NO_NAME}){_FULL})[，,\s]?工号"
)
#: Latin names begin with a capital letter, also where the words before them are spoken in any case.
_OWN_EN = re.compile(
    r"\b(?:my name(?:'s| is)|this is|i'm called|call me|name's)\s+"
    r"(?P<a>(?-i:[A-Z])[\w'’-]{1,20}(?: (?-i:[A-Z])[\w'’-]{1,20})?)",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    rf"(?P<a>(?!谢谢|任何|周[一二三四五六日末]|包装|安[装全排]|白开水)(?<!谢(?=谢))(?<!课(?=程))(?<!漫(?=游))(?<!礼(?=包))(?<!基(?=金)){_SURNAME}{_CHARACTER}{{0,2}}?)(?:{_TITLES})"
)
_ADDRESSED_EN = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? (?P<a>[A-Z][\w'’-]{1,20})")

#: What follows 我是 or a greeting and is no firm.
_NO_FIRM = (
    "您|你|他|她|不|负责|专门|专|做|刚|昨|上次|上个|上回|之前|来|想|在|客服|一个|这|那|个|小|老|说|真|打|给|为|帮|跟"
    "|因为|从|就|咱|请问|打扰|我|技术|用工|自己|一样|是|叫|姓|们|没|可以|现在|选择|有|也|都|已经|以前|看|下午|上午|晚上"
    "|人家|哪|[0-9]+[，,]|课程|顾问|国家|要|销售|经理|会员|理财|健康顾问|专业|住|新|今|明|去年|前|欢迎致电"
)
_GREETING = "(?:[您你早]好|[上下中]午好|晚上好|[阿叔姨师总哥姐理板]好|早上?|打扰了?您?一?下?了?|吗|吧|是)"
_INSIDE = r"[^\W的您你他她]{0,8}?"
_COMPANY = re.compile(
    rf"(?:(?:我这边|我这里|这边|这里|我)(?:就)?是|欢迎致电|{_GREETING}[，,呀啊哇哈？?。！!\s]{{0,2}}我?|(?:[，,。！!]|^)我)"
    rf"(?P<a>(?!{_NO_FIRM})(?:(?!客户经理)[^\W的您你他她我吗吧呢啊]){{2,14}}?)"
    rf"(?:的(?:{_INSIDE}(?:{_ROLE}))?[，,\s]?"
    rf"(?:我叫|我姓|姓(?={_SURNAME})|工号|{_LITTLE}|{_FULL}{_END}|{_SURNAME}老师)"
    rf"|[，,]?(?:我叫|我姓|工号)|[，,]我是(?:{_INSIDE}(?:{_ROLE}))?(?:{_LITTLE}|{_FULL}{_END}))"
)

#: Surnames with one or two characters, and before a title.
_TITLED = re.compile(
    rf"(?!任何|周[一二三四五六日末](?!航)|包装|安[装全排])(?:{_SURNAME}{_CHARACTER}{{0,2}}?|[一-龥]{{2}}(?=妈妈|爸爸|家长))"
    rf"(?:{_TITLES}|太(?=[，。,.！!？?、\s]|您好|你好)|妈妈|爸爸|家长)"
)
_BARE = re.compile(_FULL)


def find_names(text: str) -> Iterator[tuple[str, int, int, str]]:
    """(fact, start, end, value) of every name, in no order; a speaker's own name counts as a name too."""
    line = "".join(map(_plain, text))
    own = [*_groups(_OWN, line), *_groups(_OWN_EN, text)]
    others = [*_groups(_ADDRESSED, line), *_groups(_ADDRESSED_EN, text)]
    for start, end in own:
        yield "own_name", start, end, text[start:end]
    for start, end in dict.fromkeys([*own, *others]):
        yield "name", start, end, text[start:end]
    for start, end in _groups(_COMPANY, line):
        yield "company", start, end, text[start:end]


def find_possible_names(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, with a title) where a name could stand by its form; the words around it tell whether it is one."""
    line = "".join(map(_plain, text))
    yield from ((*match.span(), True) for match in _TITLED.finditer(line))
    yield from ((*match.span(), False) for match in _BARE.finditer(line))


def _groups(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """The range of the group that holds the name, for each match."""
    found = []
    for match in pattern.finditer(text):
        group = next(name for name, said in match.groupdict().items() if said is not None and name != "twin")
        found.append(match.span(group))
    return found


@lru_cache(maxsize=16384)
def _plain(character: str) -> str:
    """Simplified and half width where that is one character, so that positions hold."""
    folded = unicodedata.normalize("NFKC", simplify_character(character))
    return folded if len(folded) == 1 and character != "，" else character
