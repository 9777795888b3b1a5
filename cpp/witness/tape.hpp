// Straight-line witness programs.
//
// Registers are field elements: register 0 is one, then the inputs, then what each instruction
// appends. Operands name earlier registers only, which is checked once, when the tape is built.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "system/secret.hpp"
#include "witness/r1cs.hpp"

namespace zkc {

enum class Op : std::uint32_t {
    kMul = 0,     // x, y: appends reg[x] * reg[y]
    kLc = 1,      // x = first term, y = count: appends the linear combination
    kInv = 2,     // x: appends the inverse, 0 -> 0
    kBits = 3,    // x, y = n <= 254: appends bits 0..n-1 of the integer
    kDivmod = 4,  // x, y = constant m > 0: appends quotient and remainder of the integer
    kLookup = 5,  // x, y = first constant, z = count: appends constant[y + int(reg[x])]
    kIsZero = 6,  // x: appends 1 if reg[x] = 0, else 0
};

struct Instruction {
    Op op;
    std::uint32_t x, y, z;
};

struct Term {
    std::uint32_t reg, constant;
};

class Tape {
   public:
    /// constants: canonical integers. Throws std::invalid_argument for anything out of range.
    Tape(std::size_t n_inputs, std::vector<Instruction> instructions, std::vector<Term> terms,
         std::vector<Fr::Int> constants, std::vector<std::uint32_t> wires);

    std::size_t n_inputs() const { return n_inputs_; }
    std::size_t n_wires() const { return wires_.size(); }
    std::size_t n_registers() const { return n_registers_; }

    /// inputs and wires are canonical; throws std::invalid_argument on a lookup out of range.
    void run(const Fr::Int* inputs, Fr::Int* wires) const;

   private:
    std::size_t append_count(std::size_t at, std::size_t have) const;

    std::size_t n_inputs_;
    std::vector<Instruction> instructions_;
    std::vector<Term> terms_;
    std::vector<Fr::Int> constants_;
    std::vector<std::uint32_t> wires_;
    std::vector<Fr> values_;     // the constants as field elements
    std::vector<Scale> scales_;  // their classes
    std::size_t n_registers_;
};

}  // namespace zkc
