#include "pairing/miller_batch.hpp"

#include "field/batch_invert.hpp"

namespace zkc {

namespace {

class Lockstep {
   public:
    Lockstep(const Affine<G1>* p, const Affine<G2>* q, std::size_t n, bool* member)
        : q_(q), n_(n), member_(member), at_(q, q + n), slope_(n), minus_x_(n), inverse_y_(n) {
        for (std::size_t i = 0; i < n; ++i) inverse_y_[i] = p[i].y;
        batch_invert(inverse_y_.data(), n);
        for (std::size_t i = 0; i < n; ++i) {
            minus_x_[i] = -(p[i].x * inverse_y_[i]);
            member_[i] = true;
        }
    }

    Fq12 run() {
        const auto& digits = loop_digits();
        for (std::size_t i = digits.size() - 1; i-- > 0;) {
            f_ = f_.square();
            double_all();
            if (digits[i] != 0) {
                const bool minus = digits[i] < 0;
                add_all([this, minus](std::size_t k) { return minus ? -q_[k] : q_[k]; });
            }
        }
        add_all([this](std::size_t k) { return twist_frobenius(q_[k], 1); });
        add_all([this](std::size_t k) { return -twist_frobenius(q_[k], 2); });
        for (std::size_t k = 0; k < n_; ++k) {
            member_[k] = member_[k] && at_[k] == -twist_frobenius(q_[k], 3);
        }
        return f_;
    }

   private:
    void double_all() {
        for (std::size_t k = 0; k < n_; ++k) slope_[k] = at_[k].y.twice();
        batch_invert(slope_.data(), n_);  // the twist has odd order: y is never zero
        for (std::size_t k = 0; k < n_; ++k) {
            Affine<G2>& t = at_[k];
            const Fq2 xx = t.x.square();
            const Fq2 slope = slope_[k] * (xx.twice() + xx);
            step(k, slope, slope.square() - t.x.twice());
        }
    }

    template <class Addend>
    void add_all(const Addend& addend) {
        for (std::size_t k = 0; k < n_; ++k) {
            slope_[k] = at_[k].x - addend(k).x;
            if (slope_[k].is_zero()) member_[k] = false;
        }
        batch_invert(slope_.data(), n_);
        for (std::size_t k = 0; k < n_; ++k) {
            Affine<G2>& t = at_[k];
            const Affine<G2> q = addend(k);
            const Fq2 slope = slope_[k] * (t.y - q.y);
            step(k, slope, slope.square() - t.x - q.x);
        }
    }

    /// Multiplies the line y - y_t = slope (x - x_t) at P into f and moves t along it.
    void step(std::size_t k, const Fq2& slope, const Fq2& x) {
        Affine<G2>& t = at_[k];
        f_ = f_.times_unit_line(slope * minus_x_[k], (slope * t.x - t.y) * inverse_y_[k]);
        t = {x, slope * (t.x - x) - t.y};
    }

    const Affine<G2>* q_;
    std::size_t n_;
    bool* member_;
    std::vector<Affine<G2>> at_;
    std::vector<Fq2> slope_;
    std::vector<Fq> minus_x_, inverse_y_;  // -x_P / y_P and 1 / y_P
    Fq12 f_ = Fq12::one();
};

}  // namespace

Fq12 miller_product(const Affine<G1>* p, const Affine<G2>* q, std::size_t n, bool* member) {
    return Lockstep(p, q, n, member).run();
}

}  // namespace zkc
