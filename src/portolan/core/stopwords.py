"""Words that name nothing: grammar, chat and roles, filler. Written for this project, in small letters.

STOP words never begin or end a phrase. WEAK words are no phrase by themselves, yet may be part of one ("make money").
"""

# ruff: noqa: RUF001  # the words are of many scripts

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

_ENGLISH = """
a about above across after afterwards again against ago ah aint ain't all almost alone along already also although
always am amid among amongst an and another any anybody anyhow anymore anyone anything anyway anyways anywhere apart
are aren't arent around as aside at away aw back be became because become becomes becoming been before beforehand
behind being below beneath beside besides between beyond both but by can can't cannot cant could could've couldn't
couldnt did didn't didnt do does doesn't doesnt doing don't done dont down due during each either else elsewhere
enough especially et etc even ever every everybody everyone everything everywhere except far few fewer for former
forth from further furthermore gonna gotta had hadn't hadnt half hardly has hasn't hasnt have haven't havent having he
he'd he'll he's hed hence her here here's hereby hers herself hey hi him himself his how how's however i i'd i'll i'm
i've id ie if ill im in indeed inside instead into is isn't isnt it it'd it'll it's its itself ive just kind kinda
least less lest let let's lets like likewise lot lots many may maybe me meanwhile might mightn't mine more moreover
most mostly much must mustn't my myself namely near nearly neither never nevertheless next no nobody none nonetheless
nor not nothing now nowhere of off often oh ok okay on once one one's ones only onto or other others otherwise ought
our ours ourselves out outside over own per perhaps plus please quite rather re really regarding same shall shan't she
she'd she'll she's shed should should've shouldn't shouldnt since so some somebody somehow someone something sometime
sometimes somewhat somewhere soon sort still such than that that'd that'll that's thats the their theirs them
themselves then thence there there's thereafter thereby therefore therein theres these they they'd they'll they're
they've theyre thing things this those though through throughout thru thus till to together too toward towards twice u
under underneath unless unlike until unto up upon ur us usually versus very via vs wanna was wasn't wasnt way ways we
we'd we'll we're we've well were weren't werent what what's whatever whats when whence whenever where where's whereas
whereby wherein wherever whether which whichever while whilst who who'd who'll who's whoever whole whom whose why
why's will with within without won't wont would would've wouldn't wouldnt y'all ya yeah yep yes yet yo you you'd
you'll you're you've youd youll your youre yours yourself yourselves youve
"""

_CHAT = """
want wants wanted wanting know knows knew known knowing think thinks thinking thought thoughts say says said saying
tell tells told telling need needs needed get gets getting got gotten go goes going gone come comes coming came seem
seems seemed mean means meant try tries tried trying wonder wondering hope hoping suppose supposed guess talk talking
explain look looking looks looked keep keeps see seen saw seeing thing things able happen happened happening feel
feels felt feeling answer answers ask asked asking assistant assistants bot chatbot conversation dear glad hello help
helped helpful helping helps hmm lol message best better good great bad different several various own many please
prompt question questions reply replies request respond response responses sir sorry sure system thank thanks thx user
users welcome lmao omg rt amp https http www com url url_token href nbsp quot gt lt html ha haha
"""

_WEAK = """
able accept according act acts actual actually add added adding additional advice agree allow allowed allows already
amount anyone apparently appear appears apply approach area areas aspect available avoid aware bad based basic
basically begin beginning believe best better big bit bring broad call called came capable care case cases cause
certain certainly chance change changes choice choose clear clearly close come comes coming common commonly complete
completely concept consider considered contain contains correct could couple course create created creating current
currently day days deal decide definitely demonstrate demonstrates depend depending depends describe described despite
detail details different difficult directly discuss easily easy effect effective either end entire entirely exact
exactly example examples exist existing expect experience explain extremely fact facts fairly famous feel feeling
feels felt final finally find finding fine first five follow following form found four free full fun gave general
generally get gets getting give given gives giving go goes going gone good got gotten great group guess guy guys hand
handle happen happened happening happens hard hear heard high highly hold hope huge idea ideas identify imagine
important improve include included includes including increase individual information instance intended interested
interesting involve involved issue issues item items keep keeps key kinds knew know knowing known knows large largely
last late later lead learn leave left let level likely list listed little live long longer look looked looking looks
low made main mainly major make makes making manner mean meaning means meant member members mention method methods
mind minute minutes moment month months moreover move multiple name named necessary need needed needs new nice normal
normally note notice number numbers obviously occur occurs offer old only open option options order original part
particular particularly parts pass past people perfect perform person personal persons piece place places point points
popular possible possibly potential potentially practice prefer present pretty previous primarily primary probably
problem problems process propose proposed provide provided provides providing purpose put putting quality quick
quickly quite range read reading ready real reason reasonable reasons receive recent recently recommend refer relate
related relatively relevant require required requires rest result resulting results right role run said saw say saying
says second see seem seemed seems seen sense separate serious set several shall shape share short show showing shown
shows significant significantly similar simple simply single situation six slightly small somebody sound sounds
special specific specifically stand start started starting state step steps stop strong stuff style subject suggest
suggestion suggestions suggests suitable support suppose supposed surely take taken takes taking talk talking talks
task tell telling tells ten tend term terms text than theme there think thinking thinks third thought thoughts three
time times tip tips today told tomorrow tonight took top topic topics total totally toward tried tries true try trying
turn turned two type types typical typically understand understanding understood unusual use used useful user uses
using usual value various vary want wanted wanting wants watch wanna week weeks went wide wish wonder wondering word
words work worked working works world worse worst worth write writing wrong year years yesterday young ai human humans
happy url e.g i.e et al paper study novel framework introduce
"""

_OTHERS = """
aber als am an auch auf aus bei bin bis das dass dein dem den der des dich die doch du durch ein
eine einem einen einer eines er es für hat hatte haben
hier ich ihm ihn ihr im in ist ja kann kein keine man mehr mein mich mir mit nach nicht noch nur
oder schon sehr sein sich sie sind so über um und uns
unter vom von vor war was weil wenn wer werden wie wir wird wo zu zum zur
alors au aux avec bien c'est ce ces cette comme dans de des dit donc du elle elles en encore est et
eu fait faire il ils j'ai je la le les leur lui ma mais
me mes moi mon même ne nos notre nous on ont ou où par pas peut plus pour qu'il que qui quoi sa sans
se ses son sont suis sur ta te tes toi ton tous tout très tu un
une vos votre vous y était être
a al algo como con cual cuando de del desde donde dos el ella ellas ellos en entre era es esa ese
eso esta este esto está están fue ha hay hasta la las le les lo los más me mi
mis mucho muy nada ni no nos o otra otro para pero por porque que quien qué se ser si sin sobre son
su sus sí también te tiene todo todos tu un una uno y ya yo
alla anche che chi ci come con cosa da dal dalla degli dei del della delle di dove e era fra gli ha
hanno ho i il io la le lei lo loro lui ma mi mia mio molto nei nel nella
noi non o per perché però più quando quella quello questa questo se sei si sia solo sono su sua suo
sul sulla tra tu un una uno voi è
ao aos as até com como da das de dela dele do dos e ela ele eles em entre era essa esse esta está eu
foi isso isto já lhe mais mas me mesmo meu minha muito na nas nem
no nos não o os ou para pela pelo por porque qual quando que quem se sem ser seu sua são também tem
um uma você à é
aan als bij dan dat de die dit door een en er ga geen had heb hebben heeft het hij hoe ik in is je
kan maar meer met mijn naar niet nog nu of om onder ook op over te
tot uit van veel voor waar was wat we wel werd wie wij worden zal ze zich zij zijn zo zou
без бы был была были было быть в вам вас весь во вот все всё вы где да для до его ее её если есть
еще ещё же за и из или им их к как когда кто ли мне мы на над нас не него нет
ни но ну о об он она они от по под при с свой себя со так такой там то того тоже только ты у уже чем
что чтобы это этого этот я
من في على إلى عن أن هذا هذه التي الذي ما لا مع كل كان هو هي ثم أو بعد قبل لم لن قد إن كما بين حتى
ذلك تلك
של את על לא זה הוא היא עם כל אני אם גם או כי מה יש אין היה לי אבל רק אל בין כמו
"""

_CHINESE_EDGES = "的了着吗呢吧啊呀哦嘛这那你我他她它们也很是把被岁有太又还"
_CHINESE = """
什么 怎么 怎样 如何 可以 自己 真的 原来 一个 一种 这个 那个 为何 为什么 没有 不能 不会 不要 不是 就是
终于 到底 居然 竟然 已经 可能 应该 因为 所以 但是 如果 时候 现在 今天 昨天 明天 知道 觉得 多少 哪些
一下 一些 一样 不同 第一 都是 不好 开始 成为 出现 多个 两个 三个 一次 多次 之后 之前 以后 全部
"""

LINKS = frozenset(["of", "in", "and", "for", "de", "la", "del", "du", "des", "von", "van", "der", "di"])
"""Words that may stand inside a phrase: "board of directors"."""
STOP = frozenset(f"{_ENGLISH} {_CHAT} {_OTHERS} {_CHINESE}".split())
"""Words at which no phrase begins or ends."""
WEAK = frozenset(_WEAK.split()) - STOP
"""Words that are no phrase by themselves."""
CHINESE_EDGES = frozenset(_CHINESE_EDGES)
"""Characters of grammar at which no Chinese phrase begins or ends."""

_OFFENSIVE_HASHES = """
017a3c38 022f46ba 025c54f2 03efe54e 058c163a 05a68caa 06b1edc7 06bdce4c 06df17c2 07127aaf 09e1dfc6 0a68d9cc 0b365889
0b970bf3 0ea311b7 0f3d4699 117b00b7 11a8b3df 132914ce 142de53d 1502ab76 1a372764 1baa7433 1bdb42dc 1f4f6e30 1f6fc84a
21036b78 21e6300a 222379e2 227eb7bd 23faef7c 24355144 2453e307 24c93de5 25c12c19 28475085 2b813759 2bb7ecc4 2dfceb9b
2f5c8d02 2fd906a3 37b768cf 3894a0eb 3ae0ff52 3c49c944 3e0cc22b 407580d3 410a9581 43de865c 453ee9a4 464339a7 495e60fa
4b67ff5a 4dc3f9f0 4e3226e5 5023843b 55cdf17d 56457bdf 57596162 57674c6a 57c83485 581a90cc 59b533f8 59fa2a7e 5b5fefed
5ba6d36f 5bdee954 5d1e3096 5deb5e3a 5e785984 62aac3a3 645c2399 64cf5377 65162331 66d35fd7 6867a942 68daaa35 6921ecf8
6a38d51e 6b18b77a 6b5bd932 6bff6abc 6d6fe3b3 6e4a62e2 6f77dfa4 70d1c3cf 743b4824 7640140a 77959d4a 77a9d2a6 7ce33163
817c3a55 8304dcfe 835064a3 83588415 837b942d 83c842c2 85491213 85fcf0fc 8631edc3 87f684c7 88be660d 8ad00b17 8bb85765
8bf00c19 8e1e33a1 8e47a4d4 932287d9 93604065 961bad76 96264586 98b53b67 9c142f2f 9dee248d 9f12d172 a0e4aa8c a33b70c8
a3b4c16b a43ad8d2 a565dca2 a63d21e7 a6e5051c a8f9583e a97949e3 a9cdd30d ab0e1d85 ab52c6b3 ac1aeb76 ad729ad2 ae955ae2
b2048411 b31aee28 b3689c5c b50cf476 b637eff4 b9158819 ba0bbd96 bb20c378 bc354236 be11ce35 bf86bef4 c5aef8d8 c72f7ba0
c738174c caea805a cb796e1b cf01b9ac d499e055 d4d71a19 d5fbc2e1 d8eb5145 db209582 db53ad49 dc05f219 dc215589 def31f94
e2320721 e287a67e e2f9cd9d e56667fd e5e74de0 e7aa9727 e8b9eafe e8cf5da0 e97d751a eb8cadc9 ebb11112 ed515661 f03005e7
f3c1d149 f3cde82b f3d591bb f4185636 f4deaba5 f6beb67a f7ead335 f9166e00 f9bd2d2c fa147ae9 fb9baa67 fba33e1b fcda0955
fcf485a2 fdb7b679 fdfe2546
"""
_OFFENSIVE = frozenset(_OFFENSIVE_HASHES.split())


@lru_cache(maxsize=100_000)
def is_offensive(word: str) -> bool:
    """True for a slur or an obscenity, in the singular: names prefer other words. The list is kept as hashes."""
    return blake2b(word.encode(), digest_size=4).hexdigest() in _OFFENSIVE
