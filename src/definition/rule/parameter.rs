//! Rules. Parameters, bodies and responses. No client.

macro_rules! parameter {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    PathParameterUnused: ERROR,
        "A path parameter has no placeholder in the path.",
        "Add a placeholder of that name to the path, or take the parameter out.",
        PathParameterNotDefinedInTemplate;
    PathParameterOptional: ERROR,
        "A path parameter says it is not required.",
        "Set required: true: a path cannot leave a part out.",
        PathParameterMustBeRequired;
    PathParameterNotMarked: WARNING,
        "A path parameter does not say that it is required.",
        "It is registered with required: true; add it.",
        PathParameterMustBeRequired;
    SeveralBodies: ERROR,
        "An operation has more than one body parameter.",
        "Describe one body with one schema.",
        OperationParametersContainMultipleBodyParameters, PathParametersContainMultipleBodyParameters;
    BodyAndForm: ERROR,
        "An operation has both a body and form parameters.",
        "Use either a body, or form parameters.",
        ParameterListContainsFormDataAndBody;
    BodyUnexpected: WARNING,
        "An operation whose method has no body by its meaning has one.",
        "Send the values as query parameters, or use POST.",
        BodyOrFormDataParameterInFetchOperationNotAllowed;
    ParameterDuplicate: ERROR,
        "Two parameters have the same name and place.",
        "Keep one of the two.",
        OperationParametersAreNotUnique, OperationParametersContainDuplicateParameter,
        PathParametersContainDuplicateParameter;
    ParameterReserved: WARNING,
        "A parameter has a name that the backend sets itself.",
        "Leave the parameter out; the backend fills it in.",
        ConnectionIdParameterNotAllowed, ReservedParameterIsUsed;
    FileOutsideForm: ERROR,
        "A file is not a form parameter.",
        "Give a parameter of type file in: formData, or describe the body as a string with format: binary.",
        FileParameterMustBeInFormData, SchemaTypeFileNotValid;
    FileConsumes: ERROR,
        "An operation with a file parameter consumes no form media type.",
        "Add multipart/form-data to consumes.";
    FormUnclear: WARNING,
        "An operation with a file parameter does not clearly consume a form.",
        "Put multipart/form-data into consumes.";
    ResponseCodeInvalid: ERROR,
        "A response is under a key that is no HTTP status code.",
        "Use a code from 100 to 599, or default.",
        ResponseMustBeDefaultOrHttpStatusCode;
    ResponsesEmpty: WARNING,
        "An operation describes no response.",
        "It is registered with an empty default response; describe what the API answers.",
        OperationMustHaveResponse;
    NoSuccessResponse: WARNING,
        "An operation describes no successful response.",
        "Describe a 2xx response with its schema, so that workflows can use what comes back.",
        OperationShouldHaveSuccessfulResponse;
    SeveralSuccessSchemas: WARNING,
        "An operation describes several successful responses with different schemas.",
        "Workflows see only one: put the main one first.",
        OperationHasManyResponsesWithSchema;
    FormParameterName: WARNING,
        "The name of a form parameter has other than ASCII characters.",
        "Give it a name of ASCII characters.",
        InvalidFormDataParameterName;
    PathEncodingMissing: REVIEW_WARNING,
        "A path parameter does not say how its value is encoded.",
        "Add x-ms-url-encoding: single; a slash in the value would change the path.",
        PathParameterMissingEncoding;
    ConsumesMissing: REVIEW_WARNING,
        "An operation that sends something does not say as which media type.",
        "Add consumes, such as application/json.",
        ConsumesMissing;
    ContentMismatch: WARNING,
        "What an operation sends cannot be sent as any media type that it consumes.",
        "Use a form media type for form parameters, and another one for a body.",
        MimeTypeNotCompatibleWithRequestContentSchemaType;
    MediaTypeInvalid: WARNING,
        "A media type is not of the form type/subtype.",
        "Write it as application/json.",
        MimeTypeNotValid;
    MediaTypeUnusual: REVIEW_WARNING,
        "An operation consumes a media type that connectors do not usually send.",
        "Add one of application/json, text/plain, multipart/form-data, application/x-www-form-urlencoded.",
        MimeTypeNotSupported;
    ExampleMediaType: INFO,
        "An example is of a media type that the operation does not produce.",
        "Correct the media type, or add it to produces.",
        ResponseExampleMustBeProducedByOperation;
    DefaultResponseSchema: REVIEW_WARNING,
        "The default response has a schema.",
        "Put the schema at the response codes that are expected.",
        DefaultResponseHasSchema;
    SchemaNotOnSuccess: REVIEW_WARNING,
        "What an operation returns is not described at 200 or 201.",
        "Describe it there, so that workflows can use it.",
        SchemaDefinitionSetIncorrectly;
    HeaderRepeated: WARNING,
        "Two headers of a response differ only in case.",
        "Keep one of the two: headers are the same in every case.",
        ResponseHeadersAreNotUnique;

    } };
}
