// Which signature types go through the VOPRF.
#ifndef VERVET_CORE_VIEWS_BLINDED_H_
#define VERVET_CORE_VIEWS_BLINDED_H_

#include "vervet/v1/types.pb.h"

namespace vervet::views {

// A type that is has a key, epochs, budgets of evaluations and tokens. Images have none of it: they
// are compared by distance, on the members' machines. False for numbers that are no type.
inline bool IsBlinded(v1::SignatureType type) {
  return v1::SignatureType_IsValid(type) && type != v1::SIGNATURE_TYPE_UNSPECIFIED &&
         type != v1::IMAGE_PDQ;
}

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_BLINDED_H_
