// Tables of the transforms of units with vectors.
#pragma once

#include <memory>
#include <vector>

#include "transform/lane_vector.hpp"

namespace zkc {

/// Tables of one transform size.
class LaneTransform {
   public:
    explicit LaneTransform(std::size_t log_size);
    LaneTransform(const LaneTransform&) = delete;
    LaneTransform& operator=(const LaneTransform&) = delete;

    const lanes::TransformTables& view() const { return view_; }

    /// Shared tables, built once per size.
    static std::shared_ptr<const LaneTransform> of(std::size_t log_size);

   private:
    std::size_t n_;
    lanes::TransformTables view_{};
    LaneVector outer_[2][3];
    std::vector<u64> inner_[2];
    LaneVector shift_;
};

}  // namespace zkc
