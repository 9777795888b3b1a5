// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Source of exchange rates
/// @notice Says what an amount of one currency is worth in another, rounded up.
/// @dev A rate is what one minor unit of the base currency is worth in minor units of the quote
///      currency, times 10⁹. Currencies are ISO 4217 numbers.
///      A source answers for the pair that it is asked for and for no other: it neither inverts nor
///      combines rates.
///
///      Assumptions:
///      - the rate decides whether a policy is met, and never what is owed.
interface IFxSource {
    /// @notice Thrown when the source has no rate of the pair, or the evidence names another pair.
    /// @param base Currency of the amount, ISO 4217 number.
    /// @param quote Currency of the result, ISO 4217 number.
    error WrongPair(uint256 base, uint256 quote);
    /// @notice Thrown when a rate is 0, or 2⁶⁴ − 1 or more.
    /// @param rate The rate.
    error RateOutOfRange(uint256 rate);
    /// @notice Thrown when the deadline of what is judged has passed.
    /// @param deadline The deadline, Unix seconds.
    error DeadlinePassed(uint256 deadline);

    /// @notice The rate at which an amount stays what it is.
    /// @return A rate of one.
    function RATE_ONE() external view returns (uint256);

    /// @notice The rate of a pair, now.
    /// @param base Currency of the amount, ISO 4217 number.
    /// @param quote Currency of the result, ISO 4217 number.
    /// @param deadline Until when it must hold, Unix seconds.
    /// @param evidence What the source needs besides; it depends on the source.
    /// @return rate The rate, above 0 and below 2⁶⁴ − 1.
    function rateOf(uint16 base, uint16 quote, uint256 deadline, bytes calldata evidence)
        external
        view
        returns (uint256 rate);

    /// @notice An amount in the other currency, rounded up. Reverts like {rateOf}.
    /// @param amount The amount, minor units of the base currency, below 2^48.
    /// @param base Currency of the amount, ISO 4217 number.
    /// @param quote Currency of the result, ISO 4217 number.
    /// @param deadline Until when the rate must hold, Unix seconds.
    /// @param evidence What the source needs besides; it depends on the source.
    /// @return The amount, minor units of the quote currency.
    function convertUp(
        uint256 amount,
        uint16 base,
        uint16 quote,
        uint256 deadline,
        bytes calldata evidence
    ) external view returns (uint256);
}
