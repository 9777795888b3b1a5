#include "transform/lane_transform.hpp"

#include <array>
#include <mutex>

#include "transform/ntt.hpp"

namespace zkc {

LaneTransform::LaneTransform(std::size_t log_size) : n_(std::size_t{1} << log_size) {
    const Fr root = root_of_unity<Fr>(log_size);
    view_.log_size = log_size;
    for (std::size_t inverse = 0; inverse < 2; ++inverse) {
        Fr w = inverse != 0 ? root.inverse() : root;
        for (std::size_t level = 0; level < 3; ++level) {
            LaneVector& table = outer_[inverse][level];
            table = LaneVector(n_ >> (level + 1), false);
            Fr power = Fr::one();
            for (std::size_t j = 0; j < n_ >> (level + 1); ++j) {
                table.set(j, power);
                power *= w;
            }
            w = w.square();
            view_.outer[inverse][level] = table.data();
        }
        Fr power = Fr::one();
        for (std::size_t j = 0; j < n_ / 16; ++j) {
            const std::array<u64, 5> limbs = LaneVector::split(power);
            inner_[inverse].insert(inner_[inverse].end(), limbs.begin(), limbs.end());
            power *= w;
        }
        view_.inner[inverse] = inner_[inverse].data();
    }
    shift_ = LaneVector(n_, false);
    const Fr step = root_of_unity<Fr>(log_size + 1);
    Fr power = Fr::from_u64(n_).inverse();
    for (std::size_t i = 0; i < n_; ++i) {
        const std::size_t position = reverse_bits(i, log_size);
        const std::size_t eighth = position / (n_ / 8), within = position % (n_ / 8);
        shift_.set(8 * within + eighth, power);
        power *= step;
    }
    view_.shift = shift_.data();
}

std::shared_ptr<const LaneTransform> LaneTransform::of(std::size_t log_size) {
    static std::mutex lock;
    static std::array<std::shared_ptr<const LaneTransform>, Fr::Params::two_adicity> cache;
    const std::lock_guard<std::mutex> guard(lock);
    auto& entry = cache.at(log_size);
    if (!entry) entry = std::make_shared<const LaneTransform>(log_size);
    return entry;
}

}  // namespace zkc
