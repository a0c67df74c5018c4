"""SIMBAD's object types: what each is, in words, and of which kind.

A type has three spellings: the short code (LSST's `simbad_otype`), the label that SIMBAD's cross-match service had
until 2022 and the one that it has now (ZTF's `cdsxmatch`; both occur). Labels and codes: SIMBAD's own table of object
types (simbad.cds.unistra.fr, "Object types"), as Fink converts them.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Kind(StrEnum):
    """What sort of thing a catalogue says is there."""

    STAR = "star"
    VARIABLE = "variable star"
    AGN = "active galaxy"
    GALAXY = "galaxy"
    TRANSIENT = "transient"
    ASTEROID = "Solar System"
    OTHER = "other"
    """Nebulae, clusters, sources of other wavelengths: they decide nothing."""


class Meaning(NamedTuple):
    """What a type means."""

    kind: Kind
    words: str


def meaning(label: str) -> Meaning:
    """What a SIMBAD type means, in any of its spellings; of one that is not known, the type itself.

    Args:
        label: As an alert has it.
    """
    table = _table()
    if (found := table.get(label)) is not None:
        return found
    base = table.get(label.removesuffix("_Candidate"))  # `LongPeriodV*_Candidate`, beside SIMBAD's own `LP*_Candidate`
    return Meaning(base.kind, f"candidate {base.words}") if base is not None else Meaning(Kind.OTHER, label)


@cache
def labels() -> frozenset[str]:
    """The labels that ZTF's `cdsxmatch` may be: the old and the new ones of each type, without the short codes."""
    lines = [line for of_kind in (*_TYPES.values(), _CANDIDATES) for line in of_kind.strip().splitlines()]
    return frozenset(label for line in lines for label in line.split()[1:3])


@cache
def _table() -> dict[str, Meaning]:
    found = {}
    for kind, lines in _TYPES.items():
        for line in lines.strip().splitlines():
            code, old, new, words = line.split(maxsplit=3)
            found[code] = found[old] = found[new] = Meaning(kind, words)
    for line in _CANDIDATES.strip().splitlines():
        code, old, new, base = line.split()
        kind, words = found[base]
        found[code] = found[old] = found[new] = Meaning(kind, f"candidate {words}")
    return found


_TYPES = {
    Kind.STAR: """
*    Star         Star         star
**   **           **           double or multiple star
SB*  SB*          SB*          spectroscopic binary
HH   HH           HerbigHaroObj Herbig-Haro object
RG*  RGB*         RGB*         red giant
BD*  brownD*      BrownD*      brown dwarf
s*r  RedSG*       RedSG        red supergiant
s*y  YellowSG*    YellowSG     yellow supergiant
s*b  BlueSG*      BlueSG       blue supergiant
sg*  SG*          Supergiant   supergiant
WR*  WR*          WolfRayet*   Wolf-Rayet star
Be*  Be*          Be*          Be star
Ae*  Ae*          Ae*          Herbig Ae/Be star
HS*  HotSubdwarf  HotSubdwarf  hot subdwarf
BS*  BlueStraggler BlueStraggler blue straggler
Y*O  YSO          YSO          young stellar object
N*   Neutron*     Neutron*     neutron star
Psr  Pulsar       Pulsar       pulsar
HB*  HB*          HorBranch*   horizontal branch star
C*   C*           C*           carbon star
S*   S*           S*           S star
Pe*  Pec*         ChemPec*     chemically peculiar star
AB*  AGB*         AGB*         asymptotic giant branch star
pA*  post-AGB*    post-AGB*    post-AGB star
LM*  low-mass*    Low-Mass*    low-mass star
Pl   Planet       Planet       extrasolar planet
Em*  Em*          EmLine*      emission-line star
PM*  PM*          HighPM*      star of high proper motion
WD*  WD*          WhiteDwarf   white dwarf
HV*  HV*          HighVel*     high-velocity star
OH*  OH/IR        OH/IR*       OH/IR star
""",
    Kind.VARIABLE: """
V*   V*           Variable*    variable star
Ir*  Irregular_V* IrregularV*  irregular variable
El*  EllipVar     EllipVar     ellipsoidal variable
EB*  EB*          EclBin       eclipsing binary
Mi*  Mira         Mira         Mira variable
LP*  LPV*         LongPeriodV* long-period variable
Pu*  PulsV*       PulsV*       pulsating variable
RR*  RRLyr        RRLyrae      RR Lyrae star
Ce*  Cepheid      Cepheid      Cepheid
cC*  deltaCep     ClassicalCep classical Cepheid
WV*  PulsV*WVir   Type2Cep     type II Cepheid
RV*  PulsV*RVTau  RVTauV*      RV Tauri star
bC*  PulsV*bCep   bCepV*       beta Cephei star
dS*  PulsV*delSct delSctV*     delta Scuti star
SX*  pulsV*SX     SXPheV*      SX Phoenicis star
gD*  gammaDor     gammaDorV*   gamma Doradus star
Ro*  RotV*        RotV*        rotating variable
a2*  RotV*alf2CVn alf2CVnV*    alpha2 CVn variable
BY*  BYDra        BYDraV*      BY Draconis star
RS*  RSCVn        RSCVnV*      RS CVn star
Er*  Eruptive*    Eruptive*    eruptive variable
RC*  Erupt*RCrB   RCrBV*       R CrB star
Or*  Orion_V*     OrionV*      Orion variable
TT*  TTau*        TTauri*      T Tauri star
CV*  CataclyV*    CataclyV*    cataclysmic variable
No*  Nova         Nova         nova
Sy*  Symbiotic*   Symbiotic*   symbiotic star
XB*  XB           XrayBin      X-ray binary
LXB  LMXB         LowMassXBin  low-mass X-ray binary
HXB  HMXB         HighMassXBin high-mass X-ray binary
""",
    Kind.AGN: """
AGN  AGN          AGN          active galactic nucleus
SyG  Seyfert      Seyfert      Seyfert galaxy
Sy1  Seyfert_1    Seyfert1     Seyfert 1 galaxy
Sy2  Seyfert_2    Seyfert2     Seyfert 2 galaxy
LIN  LINER        LINER        LINER nucleus
QSO  QSO          QSO          quasar
BLL  BLLac        BLLac        BL Lac object
Bla  Blazar       Blazar       blazar
LeQ  LensedQ      LensedQ      lensed quasar
""",
    Kind.GALAXY: """
G    Galaxy       Galaxy       galaxy
LSB  LSB_G        LowSurfBrghtG galaxy of low surface brightness
bCG  BlueCompG    BlueCompactG blue compact galaxy
SBG  StarburstG   StarburstG   starburst galaxy
H2G  HII_G        HIIG         HII galaxy
EmG  EmG          EmissionG    emission-line galaxy
rG   RadioG       RadioG       radio galaxy
BiC  BClG         BrightestCG  brightest galaxy of a cluster
GiP  GinPair      GinPair      galaxy in a pair
GiG  GinGroup     GtowardsGroup galaxy towards a group
GiC  GinCl        GtowardsCl   galaxy towards a cluster
IG   IG           InteractingG interacting galaxies
PaG  PairG        PairG        pair of galaxies
LeG  LensedG      LensedG      lensed galaxy
PoG  PartofG      PartofG      part of a galaxy
""",
    Kind.TRANSIENT: """
SN*  SN           Supernova    supernova
ev   Transient    Transient    transient
gB   gammaBurst   gammaBurst   gamma-ray burst
rB   radioBurst   radioBurst   radio burst
GWE  GravWaveEvent GravWaveEvent gravitational-wave event
Lev  LensingEv    LensingEv    lensing event
""",
    Kind.OTHER: """
GrG  GroupG       GroupG       group of galaxies
CGG  Compact_Gr_G Compact_Gr_G compact group of galaxies
ClG  ClG          ClG          cluster of galaxies
SCG  SuperClG     SuperClG     supercluster of galaxies
vid  Void         Void         void between galaxies
gLe  GravLens     GravLens     gravitational lens
gLS  GravLensSystem GravLensSystem lens with its images
LeI  LensedImage  LensedImage  lensed image
grv  Gravitation  Gravitation  source of gravity
ULX  ULX          ULX          ultraluminous X-ray source
GlC  GlCl         GlobCluster  globular cluster
OpC  OpCl         OpenCluster  open cluster
Cl*  Cl*          Cluster*     cluster of stars
As*  Assoc*       Association  association of stars
St*  Stream*      Stream       stellar stream
MGr  MouvGroup    MouvGroup    moving group
PN   PN           PlanetaryNeb planetary nebula
SNR  SNR          SNRemnant    supernova remnant
RNe  RfNeb        RefNeb       reflection nebula
SFR  SFregion     StarFormingReg star-forming region
GNe  GalNeb       GalNeb       nebula
HII  HII          HIIReg       HII region
MoC  MolCld       MolCld       molecular cloud
Cld  Cloud        Cloud        cloud
DNe  DkNeb        DarkNeb      dark nebula
glb  Globule      Globule      globule
cor  denseCore    denseCore    dense core
bub  Bubble       Bubble       bubble
CGb  ComGlob      ComGlob      cometary globule
out  Outflow      Outflow      outflow
HVC  HVCld        HVCld        high-velocity cloud
ISM  ISM          ISM          interstellar matter
sh   HIshell      HIshell      HI shell
PoC  PartofCloud  PartofCloud  part of a cloud
mR   Radio(m)     metricRad    metric radio source
cm   Radio(cm)    cmRad        centimetric radio source
mm   Radio(mm)    mmRad        millimetric radio source
smm  Radio(sub-mm) smmRad      sub-millimetric source
Rad  Radio        Radio        radio source
HI   HI           HI           HI source
Mas  Maser        Maser        maser
IR   IR           Infrared     infrared source
FIR  IR>30um      FarIR        far-infrared source
NIR  IR<10um      NearIR       near-infrared source
EmO  EmObj        EmObj        emission object
blu  Blue         blue         blue object
UV   UV           UV           ultraviolet source
X    X            X            X-ray source
gam  gamma        gamma        gamma-ray source
mul  multiple_object Blend     blend of several objects
err  Inexistent   Inexistent   SIMBAD: no such object
reg  Region       Region       region of the sky
""",
}
"""Code, old label, new label, meaning; by kind."""

_CANDIDATES = """
Q?  QSO_Candidate QSO_Candidate QSO
Bz? Blazar_Candidate Blazar_Candidate Bla
BL? BLLac_Candidate BLLac_Candidate BLL
AG? AGN_Candidate AGN_Candidate AGN
G?  Possible_G G_Candidate G
SN? Candidate_SN* SN*_Candidate SN*
HS? Candidate_Hsd Hsd_Candidate HS*
BD? Candidate_brownD* brownD*_Candidate BD*
LM? Candidate_low-mass* low-mass*_Candidate LM*
N*? Candidate_NS NS_Candidate N*
WD? Candidate_WD* WD*_Candidate WD*
BS? Candidate_BSS BSS_Candidate BS*
pA? Candidate_post-AGB* post-AGB*_Candidate pA*
Mi? Candidate_Mi* Mi*_Candidate Mi*
V*? V*? V*_Candidate V*
LP? Candidate_LP* LP*_Candidate LP*
AB? Candidate_AGB* AGB*_Candidate AB*
s?b Candidate_BSG* BSG*_Candidate s*b
s?y Candidate_YSG* YSG*_Candidate s*y
s?r Candidate_RSG* RSG*_Candidate s*r
sg? Candidate_SG* SG*_Candidate sg*
RB? Candidate_RGB* RGB*_Candidate RG*
Ce? Candidate_Cepheid Cepheid_Candidate Ce*
RR? Candidate_RRLyr RRLyr_Candidate RR*
HB? Candidate_HB* HB*_Candidate HB*
Ae? Candidate_Ae* Ae*_Candidate Ae*
Be? Candidate_Be* Be*_Candidate Be*
WR? Candidate_WR* WR*_Candidate WR*
OH? Candidate_OH OH_Candidate OH*
S*? Candidate_S* S*_Candidate S*
C*? Candidate_C* C*_Candidate C*
TT? Candidate_TTau* TTau*_Candidate TT*
Y*? Candidate_YSO YSO_Candidate Y*O
HX? Candidate_HMXB HMXB_Candidate HXB
LX? Candidate_LMXB LMXB_Candidate LXB
XB? Candidate_XB* XB*_Candidate XB*
No? Candidate_Nova Nova_Candidate No*
CV? Candidate_CV* CV*_Candidate CV*
Sy? Candidate_Symb* Symb*_Candidate Sy*
EB? Candidate_EB* EB*_Candidate EB*
**? Candidate_** **_Candidate **
RC? RCrB_Candidate RCrB_Candidate RC*
Pl? Planet? Planet_Candidate Pl
Gl? GlCl? GlCl_Candidate GlC
SR? SNR? SNR_Candidate SNR
of? outflow? outflow_Candidate out
Gr? Possible_GrG GrG_Candidate GrG
C?G Possible_ClG ClG_Candidate ClG
SC? Possible_SClG SClG_Candidate SCG
PN? PN? PN_Candidate PN
LI? Possible_lensImage lensImage_Candidate LeI
Le? Candidate_Lens Lens_Candidate gLe
LS? Candidate_LensSystem LensSystem_Candidate gLS
UX? ULX? ULX_Candidate ULX
"""
"""Code, old label, new label, and the code of what it may be."""
