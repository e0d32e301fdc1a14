"""Whether a passage is denied ("不需要您现在付钱") or only reported ("他们说免费的") rather than said.

Both look at the words around the passage. They are rules with known limits, not a parse: see docs/matching.md.
"""

from __future__ import annotations

import re

from qa_pipeline.language.normalise import simplify_character

#: Characters on either side of a passage that are looked at.
CONTEXT = 80
#: Characters between a negator and what it denies: 不需要您现在付钱.
NEGATION_REACH = 8
#: Words between an English negator and what it denies.
NEGATION_WORDS_EN = 5
#: Characters between a verb of saying and what is reported.
REPORT_REACH = 14
REPORT_REACH_EN = 40

#: Marks that end a clause. Without punctuation the reach and the words that begin a new thought are the limits.
_CLAUSE_END = re.compile(r"[，。！？；：、,.!?;:\n…—]+")
_SENTENCE_END = re.compile(r"[。！？!?\n；;]|(?<![0-9])\.(?![0-9])")
#: Hesitation is no border: 不需要您，呃，现在付钱.
_HESITATION = re.compile(r"[，,、…\s]+(?:(?:呃|嗯|额|啊|哎|那个|这个|uh|um|er)[，,、…\s]+)+")

#: What denies. Longer ones first.
_NEGATORS = (
    r"不需要|不用|不必|不要|不是|不会|不可能|不能|不敢|不想|不让|不给|不收|不存在|没有|没法|没说|没让|没必要|无需|无须|无法|毫无|并无"
    r"|并非|绝非|谢绝|拒绝|避免|防止|杜绝|禁止|严禁|免得|省得|(?<!可)以免|免收|免去|免除|免掉|免交|免付|请勿|切勿|切莫|未必|未曾|尚未|从未|并未"
    r"|用不着|犯不着|不|没|甭|别"
)
#: These deny only what stands right behind them: 无风险, 零手续费, 免月租, 非本人.
_PREFIX = re.compile(r"(?:(?<![0-9一二三四五六七八九十百千万点])零|无|(?<![避难未减])免|(?<![除并绝])非)$")
#: Words that hold a negator and deny nothing of what follows.
_HARMLESS = "|".join(
    (
        r"不但|不仅|不光|不单|不只|不止|不管|不论|不问|不限|无论",
        r"不过(?!来|去)|不错|不好意思|不客气|不妨|不如|不少|不断|不久|不同(?!意)|不一样|不愧|不巧|不幸|不满意?|不合适|不瞒|不料|不然|不得了|不在乎|不要紧",
        r"不碍事|不由得?|不禁|不免(?!费|除|收|单)|不外乎|不一会儿?|不出意外|不信(?:您|你)|对不起|差不多|了不起|来不及|巴不得|恨不得|舍不得|忍不住|说不定",
        r"保不齐|免不了|少不了|避免不了|离不开|没错|没事儿?|没关系|没问题|没准儿?|没想到|没料到|没多久|没几天|沉没|埋没|未来|未免",
        r"别人|别的|别家|别处|别墅|别名|特别|分别|区别|级别|性别|个别|识别|鉴别|判别|派别|类别|告别|辨别|别说|别看|无非|非常",
        r"不足|不超过?|不到|不[低高少多大小]于|没到|没超过",
        r"(?:不用|不必|不要|甭|别)(?:担心|操心|着急|急|害怕|怕|误会|紧张|客气)|不影响|不耽误|不妨碍|不打扰|不麻烦|不浪费",
        # What is not known is not denied.
        r"不知道?|不晓得|不清楚|不确定|不了解|不记得|没听说|没注意",
        # Rhetorical: 这不就免费了吗.
        r"不就是?|不也|不都|不正是?|岂不|何不|难道不是?|怎么不|可不(?:是|就)|谁不|哪能不",
        # 不是贷款是理财: the second half is said.
        r"不是[^不没]{1,10}?(?:而是|就是|只是|(?<![说算要都也总还])是)|要不(?!要|是)|要不是|若不是",
        r"(?:别|不要|不能)(?:忘|错过)",
        # 没用完的退您, 相不中就退.
        r"没(?!有|说|法)[^没不的]{1,3}的|[相看]不[中上]|修不好",
    )
)
#: 不是不收费, 能不能不付, 没有人不喜欢: two negations that make an affirmation.
_TWICE = (
    r"(?:不是|不能|不会|不可能|不可|不得|不敢|不该|不应该|没有|没|并非|未尝|何尝|无)(?:说|人|一个人?|谁|一家|理由|办法|道理)?"
    r"(?:不(?!但|仅|光|只|止|管|论|过|错|如|到|是)|没有?(?!问题|事|关系|错))"
)
#: A question: 收不收费, 能不能办, 有没有优惠, 方不方便, 是不是.
_ASKED = r"(?P<asked>(?![不没别])[\u4e00-\u9fff]{1,3}?)[不没](?P=asked)"
#: A negator said again and again (不用不用) is one.
_DENIAL = re.compile(
    rf"(?P<again>(?P<word>{_NEGATORS})(?P=word)+)|(?:{_ASKED}|{_HARMLESS}|{_TWICE})|(?P<negator>{_NEGATORS})"
)
#: 不是说免费吗: of course it is.
_RHETORICAL = re.compile(r"[^，。！？,.!?]{0,16}?[吗嘛么](?:[，。！？,.!?]|$)")
#: Words that begin a new thought, where no punctuation says so.
_NEW_THOUGHT = re.compile(
    r"但是?|可是|然后|所以|因为|如果|其实|的话|反而|(?<!是)只要|只需要?|照样|照常|才能|也能|也可以|都能"
    r"|(?<!马上)(?<!现在)(?<!立刻)(?<!立即)(?<!今天)就(?:能|可以|行|会|要|得|给|有|送|享)"
    r"|(?:(?<=[完了上])|(?<=[^不]过))(?:能|可以|随时|全)|(?<![不没是])全$"
    r"|(?<![不没别有是说能可您你])(?:可以|还能|原路|随时|全额|(?:就|也|可)$)"
    r"|了(?=我|您|你|给|那|现在|直接|今天|自己)|(?:吧|呢|啊|呀|嘛|吗|哈|啦|哦)(?!的)"
    r"|(?<![要用让能会是必想得说给跟和对])我们?(?=给|帮|来|跟|先|再|这边|就|有|会|可以|直接|上门|派|送)"
)
_CLAUSE_STOPS = r"(?=[，。！？；：、,.!?;:\n…—]|$|我|您|你|咱|那)"
#: The passage is the topic and what follows denies it: 手续费我们是不收的, 违约金没有的, 保证不了.
_DENIED_AFTER = re.compile(
    r"不了(?!解)|不到(?![0-9一二三四五六七八九十两几百])|不起|不成(?!功)"
    r"|(?:这个|那个|这些|什么的|之类的?|方面)?(?:我们|咱们|咱|我|您|你|公司|银行|现在|目前|暂时)?(?:这边)?"
    r"(?:是|都|也|可|全部|全|一律|统统|肯定|绝对|真的|并|完全|根本|一分钱|一分|一概)*"
    r"(?:不收|不要|不用|不需要|不必|不存在|不可能|不能|不会|没有(?=的)|(?<=[是都也并全])没有|全免|免收|免了|免掉|(?<=[都也全])免|做不到|给不了)"
    rf"(?:您|你)?(?:付|交|出|给|掏|花|管|收|要|有)?(?:钱)?(?:的|了|啊|哈|呀|呢|哦|吧|哒)*{_CLAUSE_STOPS}"
)

#: What costs nothing is not denied by 不收钱 behind it.
_FREE = re.compile(r"(?:免费?|不要钱|不花钱|送|赠送)$")

_HARMLESS_EN = (
    r"not only|not just|not to mention|no problem|no worries|no wonder|no doubt|no matter|not a problem|not without"
    r"|not sure (?:if|whether)|can['’]?t wait|can(?:not|['’]?t) help(?: but)?"
    r"|(?:do|does|did)(?:n['’]?t| not) (?:forget|hesitate|miss)|never (?:fail|forget)|nothing but"
    r"|no (?:less|more) than|why (?:not|don['’]?t)|if not|whether or not"
)
_NEGATOR_EN = (
    r"not|no|never|without|cannot|nobody|nothing|none|neither|nor|free of|instead of|rather than|avoid"
    r"|(?:do|does|did|is|are|was|were|wo|would|ca|could|should|have|has|had|must|need)n['’]?t"
)
_DENIAL_EN = re.compile(rf"\b(?:(?:{_HARMLESS_EN})|(?P<negator>{_NEGATOR_EN}))\b", re.IGNORECASE)
_NEW_THOUGHT_EN = re.compile(r"\b(?:but|because|so|then|however|just|and|if)\b", re.IGNORECASE)

_OTHERS = (
    r"(?:[他她它]|人家|别人|有人|对方|别家|那家|那边|同事|邻居|朋友|亲戚|家人|老公|老婆|爱人|媳妇|孩子|儿子|女儿|我妈|我爸|医生|老师|老板"
    r"|领导|小姑娘|小伙子?|小妹|小哥|姑娘|业务员|推销员|销售|中介|店员|客服|客户|经理|师傅|骗子|专家|那个人|网上|新闻|广告|抖音|电视|群里)"
)
_VERBS = r"(?:说|讲|问|以为|告诉|写[着的明了]|宣传|承诺|保证|答应|提到过?|提过|反映|反馈|声称|吹|骗)"
#: 您说呢, 您说得对, 您说一下, 说明: nothing is reported.
_NO_REPORT = (
    r"呢|吧|是不是|是吧|对不对|对吧|好不好|怎么|什么|[得的](?:对|有道理|没错|也对|也是|在理)|的?是(?:啊|呀|的)|一下|个|[您你]说"
    r"|明|法|服|话|清|不定|真的|实话|白了|起来|好"
)
#: Who is reported, and the verb that reports. 我跟他们说 is the speaker's own word.
_REPORT = re.compile(
    rf"(?<![跟和给对替向为帮把])(?:{_OTHERS}(?:们|的人|那边|上|里|家的?)?[^，。！？,.!?我您]{{0,4}}?"
    rf"(?:跟我们?|对我们?|和我们?|给我们?|都|就|也|老|总|是|又|一直|天天)*{_VERBS}"
    rf"|[您你]们?(?:自己)?(?:刚才|刚刚|之前|上次|前面|一开始)(?:是|老|总|又|也|都|跟我们?)*{_VERBS}"
    r"|[您你]们?(?:是|老|总|又|也|都|还)?(?:说|讲|问|提到过?)|[听据](?:[^，。！？,.!?我您]{0,4}?)说|传言|谣传)"
    rf"(?!{_NO_REPORT})"
)
#: The speaker takes over again: 他们说免费，其实我们不收.
_OWN_WORD = re.compile(r"[，。,；;…]\s*(?:但是?|不过|可是|其实|实际上|所以|那?我们?|咱们?|这边)")
_REPORT_EN = re.compile(
    r"\b(?:he|she|they|somebody|someone|people|everyone|you|it"
    r"|(?:the|your|my|their|a) (?:\w+ )?(?:ad|website|other|competitor|colleague|friend|bank|email|letter)\w*)"
    r"\s+(?:just\s+|once\s+|also\s+|already\s+)?"
    r"(?:said|says|told (?:me|us|you)|claims?|claimed|promised?|wrote|writes|mentioned|asked|thought)\b"
    r"|\b(?:I|we)(?:['’]ve)? heard\b",
    re.IGNORECASE,
)
_OWN_WORD_EN = re.compile(r"[,;.]\s*(?:but |so |and )?(?:I|we|our)\b", re.IGNORECASE)
_QUOTES = (("“", "”"), ("「", "」"), ("『", "』"), ("‘", "’"), ('"', '"'))
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def is_negated(text: str, start: int, end: int | None = None) -> bool:
    """True when the clause denies ``text[start:end]``; 不能不 and 不是不 deny nothing, nor does a question."""
    before, following = _clause_before(text, start), _simplified(text[start : start + CONTEXT])
    passage = "" if end is None else _simplified(text[start:end])
    itself = _DENIAL.match(passage)
    if itself and (itself["negator"] or itself["again"]):
        return False  # a refusal that is said twice is no affirmation: 不要不要
    if not _CHINESE.search(before) and re.search("[a-zA-Z]", before):
        return _is_negated_en(before)
    if _PREFIX.search(before) or _is_denied(_NEW_THOUGHT.split(before)[-1], following):
        return True
    if end is None or _FREE.search(passage):
        return False
    return _DENIED_AFTER.match(_simplified(text[end : end + CONTEXT])) is not None


def _is_denied(thought: str, following: str) -> bool:
    """Whether a negator of the thought reaches what follows."""
    for denial in _DENIAL.finditer(thought):
        word = denial["negator"] or denial["again"]
        if not word or len(thought) - denial.end() > NEGATION_REACH:
            continue
        asked = denial.end() == len(thought) and any(
            thought[:-1].endswith(following[:size]) for size in (1, 2) if following and word in ("不", "没")
        )
        rhetorical = word == "不是" and _RHETORICAL.match(following)
        if not asked and not rhetorical:
            return True
    return False


def _is_negated_en(clause: str) -> bool:
    thought = _NEW_THOUGHT_EN.split(clause)[-1]
    return any(
        denial["negator"] and len(thought[denial.end() :].split()) <= NEGATION_WORDS_EN
        for denial in _DENIAL_EN.finditer(thought)
    )


def denials(text: str) -> int:
    """How many words of a text deny something."""
    chinese = sum(bool(match["negator"] or match["again"]) for match in _DENIAL.finditer(_simplified(text)))
    return chinese + sum(bool(match["negator"]) for match in _DENIAL_EN.finditer(text))


def is_reported(text: str, start: int, end: int) -> bool:
    """True when ``text[start:end]`` stands in quotation marks or follows a report of what others say."""
    if any(_inside(text, start, end, *pair) for pair in _QUOTES):
        return True
    sentence = _after_last(_SENTENCE_END, _simplified(text[max(0, start - CONTEXT) : start]))
    for pattern, own_word, reach in ((_REPORT, _OWN_WORD, REPORT_REACH), (_REPORT_EN, _OWN_WORD_EN, REPORT_REACH_EN)):
        for report in pattern.finditer(sentence):
            if len(sentence) - report.end() <= reach and not own_word.search(sentence, report.end()):
                return True
    return False


def _clause_before(text: str, start: int) -> str:
    """What stands before ``start`` in its clause, hesitation left out."""
    before = _HESITATION.sub("", _simplified(text[max(0, start - CONTEXT) : start]))
    return _after_last(_CLAUSE_END, before)


def _after_last(mark: re.Pattern[str], text: str) -> str:
    return text[max((found.end() for found in mark.finditer(text)), default=0) :]


def _simplified(text: str) -> str:
    return "".join(map(simplify_character, text))


def _inside(text: str, start: int, end: int, opening: str, closing: str) -> bool:
    if closing not in text[end:]:
        return False
    if opening == closing:
        return text.count(opening, 0, start) % 2 == 1
    return text.rfind(opening, 0, start) > text.rfind(closing, 0, start)
