#include "witness/tape.hpp"

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace zkc {

namespace {

[[noreturn]] void refuse(std::size_t at, const char* what) {
    throw std::invalid_argument("tape instruction " + std::to_string(at) + ": " + what);
}

}  // namespace

Tape::Tape(std::size_t n_inputs, std::vector<Instruction> instructions, std::vector<Term> terms,
           std::vector<Fr::Int> constants, std::vector<std::uint32_t> wires)
    : n_inputs_(n_inputs),
      instructions_(std::move(instructions)),
      terms_(std::move(terms)),
      constants_(std::move(constants)),
      wires_(std::move(wires)) {
    values_.reserve(constants_.size());
    for (const Fr::Int& c : constants_) {
        if (!Fr::is_canonical(c)) throw std::invalid_argument("tape: constant not below r");
        values_.push_back(Fr::from_canonical(c));
        scales_.push_back(classify(values_.back()));
    }
    for (const Term& t : terms_) {
        if (t.constant >= constants_.size()) {
            throw std::invalid_argument("tape: term names a constant that does not exist");
        }
    }
    std::size_t have = 1 + n_inputs_;
    for (std::size_t i = 0; i < instructions_.size(); ++i) have += append_count(i, have);
    if (have > std::numeric_limits<std::uint32_t>::max()) {
        throw std::invalid_argument("tape: too many registers");
    }
    n_registers_ = have;
    for (const std::uint32_t reg : wires_) {
        if (reg >= n_registers_) {
            throw std::invalid_argument("tape: wire names a register that does not exist");
        }
    }
}

std::size_t Tape::append_count(std::size_t at, std::size_t have) const {
    const Instruction& in = instructions_[at];
    if (in.op != Op::kLc && in.x >= have) refuse(at, "operand is not an earlier register");
    switch (in.op) {
        case Op::kMul:
            if (in.y >= have) refuse(at, "operand is not an earlier register");
            return 1;
        case Op::kLc:
            if (in.x > terms_.size() || in.y > terms_.size() - in.x) {
                refuse(at, "terms out of range");
            }
            for (std::size_t k = in.x; k < std::size_t{in.x} + in.y; ++k) {
                if (terms_[k].reg >= have) refuse(at, "term is not an earlier register");
            }
            return 1;
        case Op::kInv:
        case Op::kIsZero:
            return 1;
        case Op::kBits:
            if (in.y > 254) refuse(at, "more than 254 bits");
            return in.y;
        case Op::kDivmod:
            if (in.y >= constants_.size()) refuse(at, "constant out of range");
            if (is_zero(constants_[in.y])) refuse(at, "division by zero");
            return 2;
        case Op::kLookup:
            if (in.y > constants_.size() || in.z > constants_.size() - in.y) {
                refuse(at, "table out of range");
            }
            return 1;
    }
    refuse(at, "unknown operation");
}

void Tape::run(const Fr::Int* inputs, Fr::Int* wires) const {
    SecretVector<Fr> regs;
    regs.reserve(n_registers_);
    regs.push_back(Fr::one());
    for (std::size_t i = 0; i < n_inputs_; ++i) regs.push_back(Fr::from_canonical(inputs[i]));
    for (const Instruction& in : instructions_) {
        switch (in.op) {
            case Op::kMul:
                regs.push_back(regs[in.x] * regs[in.y]);
                break;
            case Op::kLc: {
                Fr sum = Fr::zero();
                for (const Term *t = terms_.data() + in.x, *end = t + in.y; t != end; ++t) {
                    add_scaled(sum, scales_[t->constant], values_[t->constant], regs[t->reg]);
                }
                regs.push_back(sum);
                break;
            }
            case Op::kInv:
                regs.push_back(regs[in.x].inverse());
                break;
            case Op::kBits: {
                const Fr::Int value = regs[in.x].to_canonical();
                for (std::size_t i = 0; i < in.y; ++i) {
                    regs.push_back(bit(value, i) ? Fr::one() : Fr::zero());
                }
                break;
            }
            case Op::kDivmod: {
                const auto parts = divide(regs[in.x].to_canonical(), constants_[in.y]);
                regs.push_back(Fr::from_canonical(parts.quotient));
                regs.push_back(Fr::from_canonical(parts.remainder));
                break;
            }
            case Op::kLookup: {
                const Fr::Int index = regs[in.x].to_canonical();
                if (bit_length(index) > 32 || index[0] >= in.z) {
                    throw std::invalid_argument("tape lookup out of range");
                }
                regs.push_back(values_[in.y + index[0]]);
                break;
            }
            case Op::kIsZero:
                regs.push_back(regs[in.x].is_zero() ? Fr::one() : Fr::zero());
                break;
        }
    }
    for (std::size_t i = 0; i < wires_.size(); ++i) wires[i] = regs[wires_[i]].to_canonical();
}

}  // namespace zkc
