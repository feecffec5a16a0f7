// Who stands in which relation to a case on the day. Relations are computed from posts, never stored, so that they end by themselves.
#pragma once

#include "domain/access_decision.h"
#include "domain/decide.h"

namespace rireki {

std::optional<PersonId> subject_person(const Case& state);

// One of a definition's "who"s. Says nothing of exclusions.
bool is(const DecisionContext& context, const Case& state, const Who& who, const Actor& actor);
bool any_of(const DecisionContext& context, const Case& state, const std::vector<Who>& whos, const Actor& actor);

// May this actor act as one of `whos`? Exclusions win: whoever may never read the case, and the person concerned unless "self" is named.
bool entitled(const DecisionContext& context, const Definition& definition, const Case& state, const std::vector<Who>& whos, const Actor& actor);

// Who wrote a field of a form: of a case, whoever sent it last; of a form as it was sent, its sender.
using WrittenBy = std::function<PersonId(const std::string& field)>;
WrittenBy written_by(const Case& state);
WrittenBy written_by(PersonId sender);
// A form of the case, of now or of before, as this reader may see it by how the case stands in `state`: nothing for whoever may not read that. Fields
// with readers of their own (x-readers) are for those alone; the person concerned, unless they are its author or of the HR office, does not see what
// others wrote about them (x-seal).
nlohmann::json visible_form(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, nlohmann::json form, const WrittenBy& by);
// What this actor may do with the case today: the relations that decide_access (access_decision.h) needs, worked out from the register and the
// procedure. `action`: kKnow or kRead; who may act is entitled().
Access access_to(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, Action action);
// Is this reader somebody who sees where the case stands and what is ordered, but not the words of others: the person concerned, whoever handed it in?
bool sees_in_part(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor);

// Whom the procedure's watch means in this case.
std::vector<PersonId> watched_people(const Definition& definition, const Case& state);

// 合議 and 決裁 of a unit are its section's (課) head's.
std::optional<UnitId> deciding_unit(const Register& reg, UnitId unit, Day today);
// The unit that a "head-of-…" means; none for other whos.
std::optional<UnitId> unit_meant(const DecisionContext& context, const Case& state, const Who& who);
// The posts that a who means, where it means posts: of a function, the head's post of a unit, the post of the direct superior.
std::vector<PostId> posts_meant(const DecisionContext& context, const Case& state, const Who& who);

// The key by which the worklist finds whom a who means; "" where it means nobody in particular.
std::string waiting_key(const DecisionContext& context, const Case& state, const Who& who);

}  // namespace rireki
