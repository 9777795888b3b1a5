// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Integer arithmetic of level-instalment loans
/// @notice The formulas of ILoanMarket, each with its rounding in its name. Amounts are below
///         2^48, rates at most 10^4 basis points a period, counts at most 120; under these bounds
///         no product below reaches 2^200.
library LoanMath {
    /// @notice Number of basis points in the whole.
    uint256 internal constant BPS = 10_000;
    uint256 private constant SCALE = 1e36;

    /// @notice Interest of one period on `balance`, minor currency units.
    function interestRoundedHalfUp(uint256 balance, uint256 rateBps)
        internal
        pure
        returns (uint256)
    {
        return (balance * rateBps + BPS / 2) / BPS;
    }

    /// @notice The level instalment P i / (1 - (1 + i)^-n), i = rateBps / 10^4, minor currency
    ///         units.
    /// @dev The discount factor (1 + i)^-n is rounded down at each of its n steps of 10^-36, so
    ///      the quotient is at most a relative 10^-29 below the exact one before it is rounded.
    function levelInstalmentRoundedHalfUp(uint256 principal, uint256 rateBps, uint256 count)
        internal
        pure
        returns (uint256)
    {
        if (count == 1) return principal + interestRoundedHalfUp(principal, rateBps);
        if (rateBps == 0) return (2 * principal + count) / (2 * count);
        uint256 discount = SCALE;
        for (uint256 k = 0; k < count; ++k) {
            discount = discount * BPS / (BPS + rateBps);
        }
        uint256 numerator = principal * rateBps * SCALE;
        uint256 denominator = BPS * (SCALE - discount);
        return (2 * numerator + denominator) / (2 * denominator);
    }

    /// @notice Amount of one instalment and the principal that it repays, minor currency units.
    /// @param balance Principal outstanding before it.
    /// @param last Whether it is the last one, which takes what the rounding left.
    function instalmentOf(uint256 balance, uint256 rateBps, uint256 level, bool last)
        internal
        pure
        returns (uint256 amount, uint256 principalPart)
    {
        uint256 interest = interestRoundedHalfUp(balance, rateBps);
        amount = balance + interest;
        if (!last && level < amount) amount = level;
        // level > interest for every loan that is accepted; the guard is for the refused ones,
        // whose level instalment may be the first interest rounded the other way
        if (amount < interest) amount = interest;
        principalPart = amount - interest;
    }

    /// @notice A lender's part of what has come in, base units of the token: amount * received *
    ///         unit / principal.
    /// @dev amount <= principal < 2^48, received < 2^48, unit < 2^96: below 2^192.
    function shareRoundedDown(uint256 amount, uint256 received, uint256 unit, uint256 principal)
        internal
        pure
        returns (uint256)
    {
        return amount * received * unit / principal;
    }
}
