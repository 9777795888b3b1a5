// Batch-affine additions for units without vectors: the interface of lanes/unit.hpp, one point at a
// time, by the unit's single products.
#pragma once

#include "lanes/unit.hpp"

namespace zkc::scalar {

/// lanes::Unit::add_g1 and the like, over points as packed::store leaves them where
/// packed::for_vectors is false. `invert`, `complete` and the limits on blocks are not needed.
template <class G>
void add(lanes::AddRequest& request);
template <class G>
void twice(lanes::AddRequest& request);

}  // namespace zkc::scalar
