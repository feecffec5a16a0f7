@0xb6e0a9f31c5d4827;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("rireki::stored");

# The body of every event that the domain writes. Written once, never re-encoded: never renumber, reuse or retype a field; add at the end.
# Days are local days since 1970-01-01 (both ends of a period included); 2932896 (9999-12-31) is an open end, -2147483648 "not known".
# A sealed field (fields.h) is empty here and stands in a section of the event, which is a Body again with nothing but the fields of that seal.
# Ids are 0 for none. Enumerations are stored by their text, so that the bytes read by themselves.

struct Pair {
  name @0 :Text;
  value @1 :Text;
}

struct UnitEstablished {
  unit @0 :UInt64;
  name @1 :Text;
  level @2 :Text;
  parent @3 :UInt64;
  from @4 :Int32;
  plannedLast @5 :Int32;
}

struct UnitRenamed {
  unit @0 :UInt64;
  name @1 :Text;
  from @2 :Int32;
}

struct UnitAbolished {
  unit @0 :UInt64;
  lastDay @1 :Int32;
  successor @2 :UInt64;
}

struct PostCreated {
  post @0 :UInt64;
  unit @1 :UInt64;
  title @2 :Text;
  grade @3 :Text;
  jobCategories @4 :List(Text);
  quota @5 :Int32;
  head @6 :Bool;
  function @7 :Text;
  from @8 :Int32;
}

struct PostChanged {
  post @0 :UInt64;
  title @1 :Text;
  quota @2 :Int32;
  from @3 :Int32;
}

struct PostClosed {
  post @0 :UInt64;
  lastDay @1 :Int32;
}

struct PersonRegistered {
  person @0 :UInt64;
  staffNumber @1 :Text;
  family @2 :Text;
  given @3 :Text;
  familyKana @4 :Text;
  givenKana @5 :Text;
  birth @6 :Int32;
  sex @7 :Text;
}

struct Renamed {
  person @0 :UInt64;
  family @1 :Text;
  given @2 :Text;
  familyKana @3 :Text;
  givenKana @4 :Text;
  from @5 :Int32;
}

struct Appointed {
  person @0 :UInt64;
  type @1 :Text;
  examCategory @2 :Text;
  jobFamily @3 :Text;
  jobCategory @4 :Text;
  grade @5 :Text;
  step @6 :Int32;
  termArticle @7 :Text;
  termReason @8 :Text;
  from @9 :Int32;
  lastDay @10 :Int32;
}

struct TermRenewed {
  person @0 :UInt64;
  lastDay @1 :Int32;
  reason @2 :Text;
}

struct Graded {
  person @0 :UInt64;
  grade @1 :Text;
  step @2 :Int32;
  from @3 :Int32;
}

struct Separated {
  person @0 :UInt64;
  kind @1 :Text;
  lastDay @2 :Int32;
}

struct Posted {
  person @0 :UInt64;
  post @1 :UInt64;
  kind @2 :Text;
  from @3 :Int32;
  lastDay @4 :Int32;
  covers @5 :UInt64;
  orderKind @6 :Text;
  orderNumber @7 :Text;
}

struct PostingEnded {
  person @0 :UInt64;
  post @1 :UInt64;
  kind @2 :Text;
  lastDay @3 :Int32;
}

struct LeaveStarted {
  leave @0 :UInt64;
  person @1 :UInt64;
  kind @2 :Text;
  from @3 :Int32;
  lastDay @4 :Int32;
}

struct LeaveChanged {
  leave @0 :UInt64;
  person @1 :UInt64;
  lastDay @2 :Int32;
}

struct LeaveEnded {
  leave @0 :UInt64;
  person @1 :UInt64;
  lastDay @2 :Int32;
}

struct AwayDeclared {
  person @0 :UInt64;
  from @1 :Int32;
  lastDay @2 :Int32;
}

struct DeputyNamed {
  post @0 :UInt64;
  deputy @1 :UInt64;
  order @2 :Int32;
  excludedMatters @3 :List(Text);
  from @4 :Int32;
  lastDay @5 :Int32;
}

struct QualificationGained {
  person @0 :UInt64;
  code @1 :Text;
  from @2 :Int32;
  lastDay @3 :Int32;
}

struct SkillStated {
  person @0 :UInt64;
  code @1 :Text;
  confirmed @2 :Bool;
  from @3 :Int32;
}

struct RosterJoined {
  person @0 :UInt64;
  roster @1 :Text;
  detailJson @2 :Text;
  from @3 :Int32;
  lastDay @4 :Int32;
}

struct RosterLeft {
  person @0 :UInt64;
  roster @1 :Text;
  lastDay @2 :Int32;
}

struct FigureRecorded {
  series @0 :Text;
  period @1 :Text;
  category @2 :Text;
  value @3 :Text;
  unit @4 :Text;
  marks @5 :List(Text);
  source @6 :Text;
  detail @7 :List(Pair);
}

struct PolicySet {
  policy @0 :Text;
  valueJson @1 :Text;
  from @2 :Int32;
}

struct FactCancelled {
  fact @0 :UInt64;
  caseId @1 :UInt64;
  reason @2 :Text;
}

struct CaseOpened {
  caseId @0 :UInt64;
  procedure @1 :Text;
  version @2 :Int32;
  subjectKind @3 :Text;
  subjectId @4 :Text;
  action @5 :Text;
  state @6 :Text;
  form @7 :Text;
  by @8 :UInt64;
  openedFrom @9 :UInt64;
  checks @10 :List(RuleCheck);
  named @11 :List(UInt64);
}

struct CaseActed {
  caseId @0 :UInt64;
  action @1 :Text;
  from @2 :Text;
  to @3 :Text;
  form @4 :Text;
  reason @5 :Text;
  by @6 :UInt64;
  checks @7 :List(RuleCheck);
  named @8 :List(UInt64);
}

struct StationActed {
  caseId @0 :UInt64;
  round @1 :Int32;
  station @2 :Text;
  outcome @3 :Text;
  mode @4 :Text;
  by @5 :UInt64;
  forPerson @6 :UInt64;
  comment @7 :Text;
  sentBackTo @8 :Text;
  to @9 :Text;
  reviewOwed @10 :Bool;
  checks @11 :List(RuleCheck);
}

struct PulledBack {
  caseId @0 :UInt64;
  round @1 :Int32;
  by @2 :UInt64;
  comment @3 :Text;
  to @4 :Text;
}

struct Commented {
  caseId @0 :UInt64;
  by @1 :UInt64;
  text @2 :Text;
}

struct Attached {
  caseId @0 :UInt64;
  by @1 :UInt64;
  name @2 :Text;
  mediaType @3 :Text;
  sha256 @4 :Text;
  bytes @5 :UInt64;
}

struct Claimed {
  caseId @0 :UInt64;
  by @1 :UInt64;
}

struct Assigned {
  caseId @0 :UInt64;
  by @1 :UInt64;
  to @2 :UInt64;
}

struct Migrated {
  caseId @0 :UInt64;
  version @1 :Int32;
  to @2 :Text;
  by @3 :UInt64;
  reason @4 :Text;
}

struct DefinitionPublished {
  procedure @0 :Text;
  version @1 :Int32;
  json @2 :Text;
  from @3 :Int32;
}

struct AccountOpened {
  account @0 :UInt64;
  login @1 :Text;
  person @2 :UInt64;
  roles @3 :List(Text);
}

struct RolesSet {
  account @0 :UInt64;
  roles @1 :List(Text);
}

struct AccountClosed {
  account @0 :UInt64;
}

struct DutyCompleted {
  person @0 :UInt64;
  duty @1 :Text;
  on @2 :Int32;
}

struct DeadlinePassed {
  caseId @0 :UInt64;
  state @1 :Text;
  due @2 :Int32;
  step @3 :Int32;
  what @4 :Text;
  to @5 :Text;
}

struct RuleCheck {
  rule @0 :Text;
  ruleVersion @1 :Int32;
  passed @2 :Bool;
  facts @3 :List(Pair);
}

struct SecondFactorSet {
  account @0 :UInt64;
  kind @1 :Text;
}

struct TokenIssued {
  account @0 :UInt64;
  token @1 :UInt64;
  name @2 :Text;
  scopes @3 :List(Text);
  lastDay @4 :Int32;
}

struct TokenRevoked {
  account @0 :UInt64;
  token @1 :UInt64;
}

struct IdentityLinked {
  account @0 :UInt64;
  issuer @1 :Text;
  subject @2 :Text;
}

struct SignedIn {
  account @0 :UInt64;
  method @1 :Text;
  outcome @2 :Text;
}

struct RecordsViewed {
  account @0 :UInt64;
  by @1 :UInt64;
  records @2 :List(Text);
  keyClass @3 :Text;
  purpose @4 :Text;
  via @5 :Text;
  session @6 :Text;
}

struct EmergencyOpened {
  grant @0 :UInt64;
  caseId @1 :UInt64;
  account @2 :UInt64;
  by @3 :UInt64;
  reasonCode @4 :Text;
  reason @5 :Text;
  until @6 :Int64;
}

struct EmergencyReviewed {
  grant @0 :UInt64;
  account @1 :UInt64;
  by @2 :UInt64;
  justified @3 :Bool;
  comment @4 :Text;
}

struct Proposed {
  proposal @0 :UInt64;
  kind @1 :Text;
  content @2 :Text;
  digest @3 :Text;
  account @4 :UInt64;
  by @5 :UInt64;
  session @6 :Text;
}

struct ProposalDecided {
  proposal @0 :UInt64;
  approved @1 :Bool;
  digest @2 :Text;
  account @3 :UInt64;
  by @4 :UInt64;
  reason @5 :Text;
}

struct HoldPlaced {
  hold @0 :UInt64;
  target @1 :Text;
  kind @2 :Text;
  reason @3 :Text;
  account @4 :UInt64;
  by @5 :UInt64;
}

struct HoldReleased {
  hold @0 :UInt64;
  reason @1 :Text;
  account @2 :UInt64;
  by @3 :UInt64;
}

struct Erased {
  proposal @0 :UInt64;
  targets @1 :List(Text);
  basis @2 :Text;
  keys @3 :Int32;
  epochBefore @4 :Int32;
  epoch @5 :Int32;
  keysBeforeDigest @6 :Text;
  keysDigest @7 :Text;
}

struct ProposalCarriedOut {
  proposal @0 :UInt64;
  outcome @1 :Text;
  account @2 :UInt64;
  by @3 :UInt64;
}

struct CaseCorrected {
  caseId @0 :UInt64;
  entry @1 :UInt64;
  form @2 :Text;
  withdrawn @3 :Bool;
  reason @4 :Text;
  by @5 :UInt64;
}

struct LogKeyIntroduced {
  key @0 :Text;
}

struct LogEpochBegun {
  origin @0 :Text;
  former @1 :Text;
  reason @2 :Text;
}

struct WitnessNamed {
  key @0 :Text;
  account @1 :UInt64;
  by @2 :UInt64;
}

struct WitnessDropped {
  key @0 :Text;
  account @1 :UInt64;
  by @2 :UInt64;
}

struct ActionRefused {
  caseId @0 :UInt64;
  procedure @1 :Text;
  action @2 :Text;
  rule @3 :Text;
  account @4 :UInt64;
  by @5 :UInt64;
}

struct CorrectionSettled {
  corrected @0 :Text;
  item @1 :Text;
  decision @2 :Text;
  note @3 :Text;
  account @4 :UInt64;
  by @5 :UInt64;
}

struct Body {
  # Of a fact's entry; 0 and empty for the other kinds.
  factId @0 :UInt64;
  corrects @1 :UInt64;
  caseId @2 :UInt64;
  reason @3 :Text;
  union {
    unitEstablished @4 :UnitEstablished;
    unitRenamed @5 :UnitRenamed;
    unitAbolished @6 :UnitAbolished;
    postCreated @7 :PostCreated;
    postChanged @8 :PostChanged;
    postClosed @9 :PostClosed;
    personRegistered @10 :PersonRegistered;
    renamed @11 :Renamed;
    appointed @12 :Appointed;
    termRenewed @13 :TermRenewed;
    graded @14 :Graded;
    separated @15 :Separated;
    posted @16 :Posted;
    postingEnded @17 :PostingEnded;
    leaveStarted @18 :LeaveStarted;
    leaveChanged @19 :LeaveChanged;
    leaveEnded @20 :LeaveEnded;
    awayDeclared @21 :AwayDeclared;
    deputyNamed @22 :DeputyNamed;
    qualificationGained @23 :QualificationGained;
    skillStated @24 :SkillStated;
    rosterJoined @25 :RosterJoined;
    rosterLeft @26 :RosterLeft;
    figureRecorded @27 :FigureRecorded;
    policySet @28 :PolicySet;
    factCancelled @29 :FactCancelled;
    caseOpened @30 :CaseOpened;
    caseActed @31 :CaseActed;
    caseStationActed @32 :StationActed;
    casePulledBack @33 :PulledBack;
    caseCommented @34 :Commented;
    caseAttached @35 :Attached;
    caseClaimed @36 :Claimed;
    caseAssigned @37 :Assigned;
    caseMigrated @38 :Migrated;
    definitionPublished @39 :DefinitionPublished;
    accountOpened @40 :AccountOpened;
    accountRolesSet @41 :RolesSet;
    accountClosed @42 :AccountClosed;
    caseDeadlinePassed @43 :DeadlinePassed;
    dutyCompleted @44 :DutyCompleted;
    accountSecondFactorSet @45 :SecondFactorSet;
    accountTokenIssued @46 :TokenIssued;
    accountTokenRevoked @47 :TokenRevoked;
    accountIdentityLinked @48 :IdentityLinked;
    accountSignedIn @49 :SignedIn;
    accessViewed @50 :RecordsViewed;
    accessEmergencyOpened @51 :EmergencyOpened;
    accessEmergencyReviewed @52 :EmergencyReviewed;
    controlProposed @53 :Proposed;
    controlDecided @54 :ProposalDecided;
    controlHoldPlaced @55 :HoldPlaced;
    controlHoldReleased @56 :HoldReleased;
    controlErased @57 :Erased;
    controlCarriedOut @58 :ProposalCarriedOut;
    caseCorrected @59 :CaseCorrected;
    logKeyIntroduced @60 :LogKeyIntroduced;
    logEpochBegun @61 :LogEpochBegun;
    logWitnessNamed @62 :WitnessNamed;
    logWitnessDropped @63 :WitnessDropped;
    securityRefused @64 :ActionRefused;
    controlCorrectionSettled @65 :CorrectionSettled;
  }
}
