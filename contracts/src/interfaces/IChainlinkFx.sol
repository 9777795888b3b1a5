// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFxSource} from "./IFxSource.sol";

/// @title Exchange rates of Chainlink's price feeds
/// @notice Reads the rate of a pair from the feed that was named for it at deployment.
/// @dev A feed's decimals are read once, at deployment.
///      An answer counts if it is above 0 and no older than the feed's heartbeat.
///      On a chain with a sequencer, answers count only after it has worked for {GRACE} again.
///      A rate is rounded up.
///      Nobody changes a feed: another feed needs another deployment.
///
///      Assumptions:
///      - Chainlink's nodes and the feed's owner are honest.
interface IChainlinkFx is IFxSource {
    /// @notice A price feed of a pair.
    /// @param base Currency whose price it is, ISO 4217 number.
    /// @param quote Currency in which the price is, ISO 4217 number.
    /// @param aggregator The feed.
    /// @param heartbeat Longest time between two answers, seconds.
    /// @param shift Decimal places of the quote currency less those of the base currency.
    struct Feed {
        uint16 base;
        uint16 quote;
        address aggregator;
        uint32 heartbeat;
        int8 shift;
    }

    /// @notice Thrown when a feed cannot be used: its pair is that of one currency or of another
    ///         feed, its heartbeat is 0, or its decimals or its shift are too many.
    /// @param aggregator The feed.
    error FeedInvalid(address aggregator);
    /// @notice Thrown when an answer of a feed is not above 0, or is absurdly large.
    /// @param answer The answer.
    error PriceInvalid(int256 answer);
    /// @notice Thrown when an answer is older than the feed's heartbeat, or from the future.
    /// @param updatedAt When the answer was computed, Unix seconds.
    error PriceStale(uint256 updatedAt);
    /// @notice Thrown when the chain's sequencer does not work, or began to work too recently.
    /// @param startedAt When its present state began, Unix seconds.
    error SequencerDown(uint256 startedAt);

    /// @notice How long a sequencer must have worked.
    /// @return The time, seconds.
    function GRACE() external view returns (uint256);

    /// @notice The feed that tells whether the chain's sequencer works; 0 without a sequencer.
    /// @return Address of the feed.
    function sequencer() external view returns (address);

    /// @notice The feed of a pair, and how its answers are read.
    /// @param base Currency of the amount, ISO 4217 number.
    /// @param quote Currency of the result, ISO 4217 number.
    /// @return aggregator The feed; 0 if the pair has no feed.
    /// @return heartbeat Longest age of an answer, seconds.
    /// @return exponent Power of ten that makes a rate of an answer.
    function feedOf(uint16 base, uint16 quote)
        external
        view
        returns (address aggregator, uint32 heartbeat, int16 exponent);
}
