# SPDX-License-Identifier: Apache-2.0
"""Words for the keyword tables from ICD-10-CM's own descriptions and inclusion terms (CMS and NCHS, public domain).

A term becomes a line only where the phrases of conditions/ would read it otherwise than its code, so that the tables stay
readable and every such line adds something.
"""
import re
from collections import defaultdict

# What a term may say besides its meaning: it is cut off from there.
TAIL = re.compile(r",? (unspecified|initial encounter|subsequent encounter|sequela|not elsewhere classified|NOS|NEC|right|left|"
                  r"bilateral|unilateral|other site|multiple sites|first trimester|second trimester|third trimester|"
                  r"so stated|as the cause of|in diseases classified|in other diseases|classified elsewhere)\b.*")
BRACKETS = re.compile(r"\[[^\]]*\]|\([^)]*\)")
# Terms that name a rest, a negation or a relation say something else when their words stand alone.
REFUSED = re.compile(r"\b(without|not|no|except|elsewhere|excluding|neither|following|resulting|or|due|associated|"
                     r"history|encounter|status|presence|family|screening|exposure|contact|suspected|ruled|level|problem|"
                     r"problems|unspecified|specified|region|part|agents?|intent|poisoning|adverse|underdosing|assault)\b")
# "Hepatitis A with hepatic coma": the letter is no article, and without it the words would name every hepatitis.
LETTER = re.compile(r"\b(hepatitis|vitamin|hemophilia|influenza|type|group|class|stage) a\b")
LEADING = re.compile(r"^(other|unspecified|certain|specific|personal|acquired)( and)?( other| unspecified)?( specified)? ")
STOP = set("a an and as at by for from in into of on other the to with unspecified specified its".split())
# A term made of these alone is understood only under its heading.
GENERIC = set("""
    abnormal abnormalities abnormality absence accident acquired active acute adult aftercare alone anomalies anomaly any
    arm atrophy bacterial benign bilateral bleeding body bone brain breast calculus cancer carcinoma cause cavity cell
    cells central cervical chest childhood chronic closed combined common complete complication complications condition
    conditions congenital contents contracture contusion cyst cysts damage decreased defect defects deficiency deformity
    degeneration degenerative dependence diffuse disease diseases disorder disorders disorganized displaced disturbance
    disturbances drug drugs early elevated enlarged enlargement episode event examination excessive external eye eyelid
    face failure finding findings finger first foot form fracture fractures full function functional gas general
    generalized growth hand head healed heart hemorrhage hypertrophy i ii iii idiopathic in incomplete increased infantile
    infection infections infectious inflammation inflammatory injuries injury internal iv joint joints juvenile knee
    laceration late left leg lesion lesions limb local localized long loss low lower lump main major malignant mass mild
    mixed moderate movement multiple muscle muscles nature neck necrosis neonatal neoplasm nerve nerves nodular nonspecific
    normal nontraumatic obstruction old open operation organ organs pain painful partial pathological penetrating
    peripheral persistent physeal polyp posterior postoperative pregnancy premature primary procedure progressive
    recurrent reaction repeated residual retained right ring rupture ruptured secondary segment senile severe short
    shoulder simple single sinus site sites skin small soft spinal spontaneous sprain stage state strain stricture sudden
    superficial superior surgery swelling symptom symptoms syndrome system systemic tear tissue total toxic tract transient
    trauma traumatic tumor tumors type ulcer ulcers upper use variant vein viral visual wall wound wounds wrist young
    abdomen ankle back ear elbow hip nose thigh thumb toe toes trunk 1 2 3 4 5 classical attack attacks crisis remission
    relapse exacerbation salter harris initial subsequent minor large stenosis occlusion thrombosis embolism abscess
    perforation gangrene atresia fusion dislocation subluxation instability stiffness effusion bite burn corrosion foreign
    adhesive allergic anomalous aiphi astragalus atlas atrioventricular breakdown candidid carrier chondritis dermatitis
    derangement diastolic displacement enterococcus eversion fistula granuloma hanging heteronymous homonymous hypoplastic
    infantilism infestations isolated lateral leakage lichen malleus mental neurocognitive nodule proteus pseudomonas
    reversible screaming sensory sexual staphylococcus streptococcus suppurative systolic torsion unknown vascular
    agents bodies endogenous exogenous episodes newborn infant fetal maternal mother labor delivery childbirth""".split())
SINGULAR = {plural: plural[:-1] for plural in (
    "disorders diseases infections fractures injuries burns complications contusions lacerations malformations neoplasms "
    "dislocations sprains ulcers cysts tumors lesions fistulas deformities syndromes anomalies abnormalities conditions "
    "wounds abscesses defects polyps effects lymphomas strains effusions deficiencies").split()}
SINGULAR.update({w: w[:-3] + "y" for w in "injuries deformities anomalies abnormalities deficiencies".split()})
SINGULAR.update(abscesses="abscess", fistulae="fistula", arthritides="arthritis")


def clean(text):
    text = TAIL.sub("", BRACKETS.sub(" ", text))
    return re.sub(r"\s+", " ", text).strip(" ,;:.")


def content_words(text, normalize):
    words = [word for word in normalize(text).split() if word not in STOP]
    return tuple(dict.fromkeys(words))


def terms(root, normalize):
    """(code, content words) of every description and inclusion term that can stand for itself."""
    for node in root.iter("diag"):
        code = node.find("name").text.replace(".", "")
        if code[0] in "VWXYZU" or len(code) > 6:
            continue
        texts = [node.find("desc").text]
        texts += [note.text for part in node.findall("inclusionTerm") for note in part.findall("note")]
        for text in texts:
            text = LEADING.sub("", clean(text).lower())
            if not text or REFUSED.search(text) or LETTER.search(text):
                continue
            words = content_words(text, normalize)
            if words and len(" ".join(words)) > 4 and len(words) <= 7 and not GENERIC.issuperset(words):
                yield code, words
                single = tuple(SINGULAR.get(word, word) for word in words)
                if single != words:
                    yield code, single


def keyword_rows(root, resolve, by_text, normalize, refused):
    """Lines (domain, phrase, match, target, source) for the history domain; `refused`: sorted words that are none."""
    found = defaultdict(list)
    for code, words in terms(root, normalize):
        if tuple(sorted(words)) not in refused:
            found[tuple(sorted(words))].append((code, words))
    rows = set()
    for codes in found.values():
        targets = {resolve(code) for code, _ in codes}
        if len(targets) != 1:
            continue
        targets = next(iter(targets))
        words = codes[0][1]
        wanted = {t for t in targets if t.startswith("history:")}
        read = by_text(" ".join(words))
        if read >= wanted or (read and len(words) == 1):
            continue
        kind = "words" if len(words) > 1 else "phrase"
        rows |= {("history", " ".join(words), kind, target, "ICD-10-CM 2026") for target in targets}
    return rows
